using System.Net;
using FastBond.Configuration;
using FastBond.Core.Frames;
using FsCheck;
using FsCheck.Fluent;

namespace FastBond.Program.Tests.Configuration;

/// <summary>Configurations that are valid, and texts that may not be.</summary>
internal static class Generators
{
    private static readonly Place Nowhere = new("generated", 0);

    private static readonly string[] Texts =
    [
        "mode=active-backup", "mode=balance-xor", "mode=balance-rr", "mode=broadcast", "mode=802.3ad", "miimon=0", "miimon=250", "arp_interval=100",
        "arp_ip_target=192.0.2.1,192.0.2.2", "ns_ip6_target=fd00::1,fd00::2", "updelay=500", "downdelay=1000", "peer_notif_delay=250", "use_carrier=off",
        "arp_validate=filter_backup", "arp_all_targets=all", "primary=eth1", "primary_reselect=better", "fail_over_mac=follow", "xmit_hash_policy=encap3+4",
        "resend_igmp=9", "num_grat_arp=0", "all_slaves_active=on", "min_links=2", "lp_interval=3", "packets_per_slave=0", "lacp_active=off", "lacp_rate=fast",
        "ad_select=count", "ad_actor_sys_prio=7", "ad_user_port_key=55", "ad_actor_system=02:00:00:00:00:01", "tlb_dynamic_lb=off", "arp_missed_max=3",
        "coupled_control=off", "tx_queues=4", "cores=2-4,6", "control_cpus=0", "idle=spin", "xdp_mode=zerocopy", "ring=512", "hash_vlan=inband",
        "host_port=none", "on_stop=keep", "tx_stall=100",
    ];

    private static readonly string[] SlaveTexts = ["xdp_mode=native", "lladdr=02:00:00:00:00:07", "linktype=infiniband", "queue_id=1", "prio=-3", "actor_port_prio=9"];

    private static readonly string[] Names = ["eth0", "eth1", "enp3s0f0np0", "a\"b", "null", "0", "true", "#x", "it's", "é€", "x{y}"];

    private static Gen<Setting> Setting(string[] texts) =>
        Gen.Elements(texts).Select(text => text.Split('=', 2)).Select(parts => new Setting(parts[0], parts[1], Nowhere));

    private static Gen<IReadOnlyList<Setting>> Settings(string[] texts) =>
        Setting(texts).ListOf().Select(list => (IReadOnlyList<Setting>)[.. list.DistinctBy(setting => setting.Name)]);

    private static Gen<IPAddress> Address =>
        from isOld in Gen.Elements(true, false)
        from bytes in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(isOld ? 4 : 16)
        select new IPAddress(bytes);

    private static Gen<(IPAddress Address, int Prefix)> Network =>
        from address in Address
        from prefix in Gen.Choose(0, IpText.Bits(address))
        select (address, prefix);

    private static Gen<RouteSetting> Route =>
        from network in Network
        from gateway in Address
        from hasGateway in Gen.Elements(true, false)
        from source in Gen.OneOf(Address.Select(a => (IPAddress?)a), Gen.Constant((IPAddress?)null))
        from metric in Gen.Choose(0, 2000)
        from table in Gen.Elements(254u, 7u)
        from onLink in Gen.Elements(true, false)
        select new RouteSetting(
            IpText.Network(network.Address, network.Prefix), network.Prefix,
            hasGateway && gateway.AddressFamily == network.Address.AddressFamily ? gateway : null, Nowhere)
        {
            Metric = (uint)metric,
            Table = table,
            OnLink = onLink,
            Source = source,
        };

    private static Gen<SlaveConfiguration> Slave =>
        from name in Gen.Elements(Names)
        from options in Settings(SlaveTexts)
        select new SlaveConfiguration(name, options, Nowhere);

    /// <summary>A bond as any reader would have put it together; what contradicts itself is taken out by <see cref="OptionTrial"/>.</summary>
    public static Gen<BondConfiguration> Bond(string name) =>
        from options in Settings(Texts)
        from slaves in Slave.ListOf()
        from addresses in Network.Select(network => new AddressSetting(network.Address, network.Prefix, Nowhere)).ListOf()
        from routes in Route.ListOf()
        from mtu in Gen.OneOf(Gen.Choose(68, 9000).Select(n => (int?)n), Gen.Constant((int?)null))
        from mac in Gen.Elements<HardwareAddress?>(HardwareAddress.Parse("02:00:00:00:00:01"), null)
        from staysDown in Gen.Elements(true, false)
        select OptionTrial.Run(
            new BondConfiguration(name, Nowhere)
            {
                Options = options,
                Slaves = [.. slaves.DistinctBy(slave => slave.Name).Select(slave => slave with { Name = name == "bond0" ? slave.Name : slave.Name + "1" })],
                Addresses = [.. addresses.Distinct()],
                Routes = [.. routes.Distinct()],
                Mtu = mtu,
                MacAddress = mac,
                StaysDown = staysDown,
            },
            new Draft { IsLenient = true });

    /// <summary>A text with some of its characters, words and lines cut, doubled, or replaced.</summary>
    public static Gen<string> Mutated(string text, string alphabet = "{}[]:,-#&*!|>'\"%@`=/\\ \t\n\0€ax0") =>
        from changes in (from at in Gen.Choose(0, int.MaxValue) from kind in Gen.Choose(0, 5) from with in Gen.Elements(alphabet.ToCharArray()) select (at, kind, with)).ListOf()
        select changes.Aggregate(text, (now, change) => Mutate(now, change.at % (now.Length + 1), change.kind, change.with));

    private static string Mutate(string text, int at, int kind, char with)
    {
        int end = Math.Min(text.Length, at + 1 + (at % 17));
        return kind switch
        {
            0 => text[..at] + with + text[at..],
            1 => text[..at] + text[end..],
            2 => text[..at] + text[at..end] + text[at..],
            3 => text[..at],
            4 => text[..at] + new string(with, 40) + text[end..],
            _ => at < text.Length ? text[..at] + with + text[(at + 1)..] : text,
        };
    }
}
