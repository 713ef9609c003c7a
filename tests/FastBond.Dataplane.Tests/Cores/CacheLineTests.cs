using System.Reflection;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.InProcess;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>No two cores write one cache line: what a core writes all the time lies on lines of its own.</summary>
public sealed unsafe class CacheLineTests
{
    private const int Line = 64;
    private static readonly Type[] WrittenByCores =
        [typeof(Lane), typeof(TransmitChooser), typeof(LaneWatch), typeof(FramePool), typeof(SocketRings), typeof(PollCore), typeof(BondQueue), typeof(HandPort)];

    public static TheoryData<string> Types => [.. WrittenByCores.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Behind_the_fields_of_an_object_of_a_core_lies_a_margin(string name)
    {
        Type type = WrittenByCores.Single(written => written.Name == name);
        int margin = OffsetOf(type.GetField("Margin", BindingFlags.Instance | BindingFlags.NonPublic)!);
        Assert.True(sizeof(CoreMargin) >= 2 * Line);
        Assert.All(
            type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Where(field => field.Name != "Margin"),
            field => Assert.True(OffsetOf(field) < margin, $"{field.Name} lies behind the margin"));
    }

    [Theory]
    [InlineData(typeof(FramePool), "_ledger", "_free")]
    [InlineData(typeof(TransmitChooser), "_fromPosition", "_ofUsable")]
    [InlineData(typeof(BurstScratch), "<Burst>k__BackingField", "<Remainders>k__BackingField", "<Chosen>k__BackingField")]
    public void A_cores_own_memory_begins_a_pair_of_lines(Type type, params string[] pointers)
    {
        using LaneRig rig = new(1, burstSize: 64);
        object holder = type == typeof(FramePool) ? rig.Pool : Field(rig.Lane, type == typeof(TransmitChooser) ? "_chooser" : "_scratch");
        foreach (string pointer in pointers)
        {
            nint address = (nint)Pointer.Unbox((Pointer)Field(holder, pointer));
            Assert.Equal(0, address % Line);
        }
    }

    [Fact]
    public void Counters_of_two_cores_and_of_two_rows_share_no_line()
    {
        Assert.Equal(0, CounterLayout.RowWords * sizeof(ulong) % (2 * Line));
        Assert.Equal(0, CounterLayout.RowOffset(1, 0) % (2 * Line));
        Assert.True(CounterLayout.RowOffset(1, 0) - CounterLayout.RowOffset(0, CounterLayout.Rows - 1) >= CounterLayout.RowWords * sizeof(ulong));
    }

    private static object Field(object holder, string name) => holder.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(holder)!;

    /// <summary>Where the runtime has laid a field, in bytes behind the object's header: the low 27 bits of the field's second word of description.</summary>
    private static int OffsetOf(FieldInfo field) => *(int*)(field.FieldHandle.Value + sizeof(nint) + sizeof(int)) & 0x7FFFFFF;
}
