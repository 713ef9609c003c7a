using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Dataplane.Rings;
using Xunit;

namespace FastBond.Dataplane.Tests;

/// <summary>No cache line, nor the other of its pair, is written by two cores.</summary>
public sealed unsafe class LayoutTests
{
    private const long Apart = 128;

    public static TheoryData<Type> WrittenByCores =>
        [typeof(Lane), typeof(TransmitChooser), typeof(FramePool), typeof(SocketRings), typeof(PollCore)];

    /// <summary>What stands behind the object on the heap is as far from its last field as the hardware looks.</summary>
    [Theory]
    [MemberData(nameof(WrittenByCores))]
    public void An_object_of_a_core_ends_with_cache_lines_of_nobody(Type type)
    {
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        Dictionary<FieldInfo, long> offsets = fields.ToDictionary(field => field, OffsetOf);
        FieldInfo last = offsets.MaxBy(pair => pair.Value).Key;
        Assert.True(last.FieldType == typeof(CacheLines), $"{last.Name} is the last field of {type.Name}");
        Assert.Equal(Apart, (long)CacheLines.Size);
        Assert.Equal(Apart, sizeof(CacheLines));
    }

    [Fact]
    public void Two_cores_rows_of_counters_share_no_line()
    {
        Assert.Equal(0, CounterLayout.RowOffset(0, 0) % Apart);
        Assert.Equal(0, (CounterLayout.RowOffset(1, 0) - CounterLayout.RowOffset(0, 0)) % Apart);
    }

    [Fact]
    public void A_burst_has_lines_of_its_own()
    {
        using BurstScratch first = new(64);
        using BurstScratch second = new(64);
        (long Start, long End)[] areas = [.. Areas(first), .. Areas(second)];
        Array.Sort(areas);
        for (int i = 1; i < areas.Length; i++)
        {
            Assert.True(areas[i].Start / Apart > (areas[i - 1].End - 1) / Apart, $"{areas[i - 1].End:x} and {areas[i].Start:x}");
        }

        static (long Start, long End)[] Areas(BurstScratch scratch) =>
        [
            ((long)scratch.Burst, (long)scratch.Burst + (2 * 64 * sizeof(FrameDescriptor))),
            ((long)scratch.Hashes, (long)scratch.Hashes + (FrameSet.Capacity * sizeof(uint))),
            ((long)scratch.Remainders, (long)scratch.Remainders + FrameSet.Capacity),
            ((long)scratch.Chosen, (long)scratch.Chosen + ((BurstScratch.NoSlave + 1) * sizeof(ulong))),
            ((long)scratch.Queues, (long)scratch.Queues + (64 * sizeof(ushort))),
        ];
    }

    /// <summary>Bytes from an object's first to a field, as the runtime has laid it out.</summary>
    private static long OffsetOf(FieldInfo field)
    {
        DynamicMethod method = new("OffsetOf", typeof(long), [typeof(object)], field.DeclaringType!, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I8);
        code.Emit(OpCodes.Ret);
        object instance = RuntimeHelpers.GetUninitializedObject(field.DeclaringType!);
        return method.CreateDelegate<Func<object, long>>()(instance);
    }
}
