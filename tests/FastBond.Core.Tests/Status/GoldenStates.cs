using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Tests.Options;

namespace FastBond.Core.Tests.Status;

/// <summary>
/// Brings a bond into the states in which a kernel bond was recorded (tests/golden/proc and iplink), by the history that the recording's
/// first line tells.
/// </summary>
internal static class GoldenStates
{
    /// <summary>Recordings of modes that aren't there yet: 802.3ad has a block of its own, tlb/alb slaves other states.</summary>
    private static readonly string[] NotYet = ["802.3ad-", "ad-", "balance-tlb-2slaves", "balance-alb-2slaves"];

    private static readonly Dictionary<string, Func<TestBond>> States = Build();

    /// <summary>The names of a folder's recordings that must have a state here.</summary>
    public static IReadOnlyList<string> Expected(string folder) =>
    [
        .. Directory.GetFiles(GoldenFiles.PathOf(folder)).Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Where(name => !NotYet.Any(p => name.StartsWith(p, StringComparison.Ordinal))).Order(StringComparer.Ordinal),
    ];

    public static Bond Make(string name) => States[name]().Bond;

    private static Dictionary<string, Func<TestBond>> Build()
    {
        Dictionary<string, Func<TestBond>> states = new(StringComparer.Ordinal)
        {
            ["balance-rr-noslaves-down"] = () => New(BondMode.BalanceRr),
            ["balance-xor-noslaves-down"] = () => New(BondMode.BalanceXor),
            ["broadcast-noslaves-down"] = () => New(BondMode.Broadcast),
            ["balance-tlb-noslaves-down"] = () => New(BondMode.BalanceTlb),
            ["active-backup-noslaves-up"] = () => New(BondMode.ActiveBackup).Up(),
            ["broadcast-noslaves-up"] = () => New(BondMode.Broadcast).Up(),
            ["balance-tlb-noslaves-up"] = () => New(BondMode.BalanceTlb).Up(),
            ["balance-alb-noslaves-up"] = () => New(BondMode.BalanceAlb).Up(),
            ["active-backup-2slaves-nomon"] = () => New(BondMode.ActiveBackup).Enslave("s0", "s1").Up(),
            ["broadcast-2slaves-nomon"] = () => New(BondMode.Broadcast).Enslave("s0", "s1").Up(),
            ["active-backup-enslave-s0-nocarrier"] = () => NoCarrier(BondMode.ActiveBackup),
            ["balance-xor-enslave-s0-nocarrier"] = () => NoCarrier(BondMode.BalanceXor),
            ["broadcast-enslave-s0-nocarrier"] = () => NoCarrier(BondMode.Broadcast),

            ["ab-all_slaves_active"] = () => Two(BondMode.ActiveBackup).Set("all_slaves_active", "1"),
            ["ab-delays-rounding"] = () => Mii(BondMode.ActiveBackup)
                .Set("peer_notif_delay", "250").Set("updelay", "130").Set("downdelay", "70").Enslave("s0", "s1").Up().RunMs(2000),
            ["ab-updelay250-rounded"] = () => Mii(BondMode.ActiveBackup).Set("updelay", "250").Set("downdelay", "330").Enslave("s0", "s1"),
            ["ab-updelay5000-settled"] = () => LongDelays().RunMs(100),
            ["ab-updelay5000-recovering"] = () => LongDelays().RunMs(6000),
            ["ab-downdelay5000-failed"] = () => LongDelays().RunMs(6000).SetCarrier("s0", false).RunMs(1000),
            ["ab-fom-active"] = () => ThreeWithOwnMacs("active"),
            ["ab-fom-active-s0back"] = () => ThreeWithOwnMacs("active").Flap("s0"),
            ["ab-fom-follow"] = () => ThreeWithOwnMacs("follow"),
            ["ab-prio-s2back"] = () => Prio(),
            ["ab-primary-s1-after"] = () => Mii(BondMode.ActiveBackup).Enslave("s0", "s1", "s2").Up().RunMs(1000).Set("primary", "s1"),
            ["ab-primary-s1-always"] = () => Primary("always"),
            ["ab-primary-s1-always-back"] = () => Primary("always").Flap("s1"),
            ["ab-primary-s1-better-down"] = () => Primary("better").SetCarrier("s1", false).RunMs(1000),
            ["ab-primary-s1-better-back"] = () => Primary("better").Flap("s1"),
            ["ab-primary-s1-failure-down"] = () => Primary("failure").SetCarrier("s1", false).RunMs(1000),
            ["ab-primary-s1-failure-back"] = () => Primary("failure").Flap("s1"),

            ["rr-options"] = () => Mii(BondMode.BalanceRr)
                .Set("packets_per_slave", "3").Set("num_grat_arp", "5").Set("peer_notif_delay", "200").Set("resend_igmp", "3")
                .Set("min_links", "2").Set("use_carrier", "0").Enslave("s0", "s1").Up(),
            ["rr-queueid"] = () => Mii(BondMode.BalanceRr).Enslave("s0", "s1").Set("queue_id", "s1:3"),
            ["tlb-dynamic0"] = () => Mii(BondMode.BalanceTlb)
                .Set("tlb_dynamic_lb", "0").Set("xmit_hash_policy", "layer3+4").Enslave("s0", "s1").Up().AllActive(),

            // What neighbours sent now and then made the slaves seem alive twice.
            ["ab-arp-noreply"] = () => Silent("10.9.0.2").Noise().RunMs(1000).Noise().RunMs(900),
            ["ab-arp-all_targets-all"] = () => Silent("10.9.0.2,10.9.0.9")
                .Set("arp_all_targets", "all").Set("arp_missed_max", "4").Set("arp_validate", "all"),
            ["ab-arp-validate-filter"] = () => Answered().Set("arp_validate", "filter").RunMs(3000),
            ["ab-arp-validate-filter_backup"] = () => Answered().Set("arp_validate", "filter_backup").RunMs(3000),

            // s0 waited longer for the bond to come up than the monitor has patience.
            ["ab-arp-validate-none"] = () => Targets("10.9.0.2,10.9.0.3").Answered().Enslave("s0").RunMs(300).Enslave("s1").Up().RunMs(3000),
        };

        foreach ((BondMode mode, string name) in new[]
                 {
                     (BondMode.BalanceRr, "balance-rr"), (BondMode.ActiveBackup, "active-backup"),
                     (BondMode.BalanceXor, "balance-xor"), (BondMode.Broadcast, "broadcast"),
                 })
        {
            string prefix = $"{name}-2slaves-miimon100";
            states[prefix] = () => Two(mode);
            states[$"{prefix}-s0down"] = () => Two(mode).SetCarrier("s0", false).RunMs(1000);
            states[$"{prefix}-alldown"] = () => AllDown(mode);
            states[$"{prefix}-s0back"] = () => AllDown(mode).SetCarrier("s0", true).RunMs(1000);
            states[$"{prefix}-bothback"] = () => BothBack(mode);
            states[$"{prefix}-bonddown"] = () => BothBack(mode).Down();
            states[$"{prefix}-s0released"] = () => BothBack(mode).Down().Up().Set("slaves", "-s0");
        }

        return states;
    }

    private static TestBond New(BondMode mode, params ReadOnlySpan<string> withoutCarrier)
    {
        TestBond test = new(mode, withoutCarrier);
        test.Bond.SetAddress(0, HardwareAddress.Parse("02:b0:00:00:00:01"));
        return test;
    }

    private static TestBond Mii(BondMode mode) => New(mode).Set("miimon", "100");

    private static TestBond Two(BondMode mode) => Mii(mode).Enslave("s0", "s1").Up().RunMs(2000);

    private static TestBond AllDown(BondMode mode) => Two(mode).SetCarrier("s0", false).RunMs(1000).SetCarrier("s1", false).RunMs(1000);

    private static TestBond BothBack(BondMode mode) => AllDown(mode).SetCarrier("s0", true).RunMs(1000).SetCarrier("s1", true).RunMs(1000);

    private static TestBond NoCarrier(BondMode mode) => New(mode, "s0").Set("miimon", "100").Enslave("s0", "s1").Up().RunMs(1000);

    private static TestBond LongDelays() =>
        Mii(BondMode.ActiveBackup).Set("updelay", "5000").Set("downdelay", "5000").Enslave("s0", "s1").Up();

    private static TestBond ThreeWithOwnMacs(string policy) =>
        new TestBond(BondMode.ActiveBackup).Set("miimon", "100").Set("fail_over_mac", policy).Enslave("s0", "s1", "s2").Up().RunMs(1000);

    private static TestBond Primary(string reselect) =>
        Mii(BondMode.ActiveBackup).Set("primary", "s1").Set("primary_reselect", reselect).Enslave("s0", "s1").Up().RunMs(1000);

    private static TestBond Prio() =>
        Mii(BondMode.ActiveBackup).Enslave("s0", "s1", "s2").Up()
            .SetSlave("s1", "prio", "-5").SetSlave("s2", "prio", "10")
            .RunMs(1000).Flap("s2");

    private static TestBond Targets(string targets) => New(BondMode.ActiveBackup).Set("arp_interval", "100").Set("arp_ip_target", targets);

    private static TestBond Answered() => Targets("10.9.0.2,10.9.0.3").Answered().Enslave("s0", "s1").Up();

    private static TestBond Silent(string targets) => Targets(targets).Enslave("s0", "s1").Up().RunMs(1000);
}
