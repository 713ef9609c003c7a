using FastBond.Core.Bonds;
using FastBond.Core.Options;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using Outcome = FastBond.Core.Bonds.Outcome;

namespace FastBond.Core.Tests.Options;

/// <summary>What holds of any text whatever: no exception, one line, all or nothing.</summary>
public sealed class OptionPropertyTests
{
    private static readonly string[] Names = [.. OptionTable.All.Select(o => o.Name)];

    private static readonly string[] Likely =
    [
        "0", "1", "2", "3", "100", "250", "255", "65535", "2147483647", "99999999999999999999", "\n", " 7 ", "1-",
        "on", "off", "default", "maxval", "minval", "", "active-backup", "balance-xor", "layer2+3", "xor24", "all",
        "s0", "s1", "+s2", "-s0", "s0:3", "s1:3", "s1:4", "+10.0.0.1", "-10.0.0.1", "10.0.0.1,10.0.0.2",
        "fd00::1", "02:00:00:00:00:01", "2-4,6", "spin", "native", "inband", "tap", "keep",
    ];

    private static readonly Gen<string> AnyText =
        Gen.OneOf(Gen.Elements(Likely), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => s.Get));

    private static readonly Gen<(string Name, string Value)> AnyWrite =
        from name in Gen.OneOf(Gen.Elements(Names), Gen.Elements(Names), Gen.Elements(Names), AnyText)
        from value in AnyText
        select (name, value);

    [Fact]
    public void AnyWriteIsAnsweredAndARefusedOneChangesNothing() =>
        Prop.ForAll(AnyWrite.ToArbitrary(), write => Check(bond => bond.SetOption(1, write.Name, write.Value)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void AnyRequestIsAllOrNothing() =>
        Prop.ForAll(AnyWrite.ListOf(5).ToArbitrary(), writes => Check(bond => bond.Apply(1, [.. writes])))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void AnySlaveWriteIsAnsweredAndARefusedOneChangesNothing()
    {
        Gen<(string Slave, string Name, string Value)> gen =
            from slave in Gen.OneOf(Gen.Elements("s0", "s1", "s2"), AnyText)
            from name in Gen.OneOf(Gen.Elements(SlaveOptionTable.Names.ToArray()), AnyText)
            from value in AnyText
            select (slave, name, value);
        Prop.ForAll(gen.ToArbitrary(), w => Check(bond => bond.SetSlaveOption(1, w.Slave, w.Name, w.Value)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    /// <summary>
    /// Of writes that are good by themselves, so that most requests are accepted; each option once, as what is selected between two writes of
    /// <c>primary</c> a request never sees.
    /// </summary>
    [Fact]
    public void OneRequestComesToTheSameAsItsWritesInOrder()
    {
        (string, string)[] good =
        [
            .. from name in Names
               from value in Likely
               where name != "slaves" && NewBond().SetOption(1, name, value).Success
               select (name, value),
        ];
        int accepted = 0;
        Prop.ForAll(Gen.Elements(good).ListOf(4).Select(list => list.DistinctBy(w => w.Item1).ToArray()).ToArbitrary(), writes =>
        {
            Bond together = NewBond();
            if (together.Apply(1, [.. writes]).Success)
            {
                accepted++;
                Bond single = NewBond();
                foreach ((string name, string value) in writes.OrderBy(w => Array.IndexOf(Names, w.Item1)))
                {
                    Assert.Equal("ok", single.SetOption(1, name, value).ToString());
                }

                Assert.Equal(Snapshot(single), Snapshot(together));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
        Assert.InRange(accepted, 1000, 2000);
    }

    [Fact]
    public void CpuListsReadWhatTheyPrint() =>
        Prop.ForAll(Gen.Choose(0, 255).ListOf().Select(l => l.Distinct().ToList()).ToArbitrary(), cpus =>
        {
            Assert.True(OptionText.TryParseCpuList(OptionText.FormatCpuList(cpus), 256, out IReadOnlyList<int> read));
            Assert.Equal(cpus, read);
        }).QuickCheckThrowOnFailure();

    private static void Check(Func<Bond, Outcome> write)
    {
        Bond bond = NewBond();
        IReadOnlyList<string> before = Snapshot(bond);
        Outcome outcome = write(bond);
        Assert.Equal(outcome.Success, outcome.Message.Length == 0);
        Assert.DoesNotContain(outcome.Message, char.IsControl);
        if (!outcome.Success)
        {
            Assert.Equal(before, Snapshot(bond));
        }
    }

    private static Bond NewBond() =>
        new TestBond(BondMode.ActiveBackup).Set("miimon", "100").Set("arp_ip_target", "192.0.2.1").Enslave("s0", "s1").Bond;

    private static IReadOnlyList<string> Snapshot(Bond bond) =>
    [
        .. Names.Select(n => $"{n}={bond.GetOption(n)}"),
        $"{bond.Options.UpdelayTicks} {bond.Options.DowndelayTicks} {bond.Options.PeerNotifDelayTicks}",
        $"{bond.Options.Primary} {bond.Options.AdActorSystem}",
        .. bond.Slaves.Select(s => $"{s.Name} {s.Prio} {s.QueueId} {s.ActorPortPrio}"),
        .. bond.EngineOptions.Slaves.Select(s => $"{s}"),
    ];
}
