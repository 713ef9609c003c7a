using System.Net;
using System.Net.Sockets;
using System.Text;
using FastBond.Configuration;
using FastBond.Linux;
using FastBond.Linux.Links;

namespace FastBond.Commands;

/// <summary>Bonds and slaves as <c>ifconfig</c> listed them: flags, addresses, counters.</summary>
internal static class BriefText
{
    private const string Indent = "          ";

    /// <summary>A bond and its slaves, a paragraph each.</summary>
    public static string Of(BondState bond)
    {
        StringBuilder text = new();
        Write(text, bond.Name, bond.Address, bond.IsUp, bond.IsUp && bond.Carrier, "MASTER", bond.Mtu, bond.Addresses, bond.Traffic, bond.Slaves.Aggregate(LinkErrors.None, (sum, slave) => sum + slave.Errors));
        foreach (SlaveState slave in bond.Slaves)
        {
            text.Append('\n');
            if (slave is { IsPresent: true, Traffic: { } traffic })
            {
                Write(text, slave.Name, slave.Address, slave.IsUp, slave.IsUp && slave.Carrier, "SLAVE", bond.Mtu, [], traffic, slave.Errors);
            }
            else
            {
                text.Append($"{slave.Name,-9} not there; it is enslaved when it appears\n");
            }
        }

        return text.ToString();
    }

    private static void Write(
        StringBuilder text, string name, string address, bool up, bool running, string role, int mtu, IReadOnlyList<BondAddress> addresses, TrafficState traffic,
        LinkErrors errors)
    {
        text.Append($"{name,-9} Link encap:{(address.Length > 17 ? "InfiniBand" : "Ethernet")}  HWaddr {address.ToUpperInvariant()}\n");
        foreach (BondAddress ip in addresses)
        {
            text.Append(Indent).Append(Words(ip)).Append('\n');
        }

        text.Append($"{Indent}{(up ? "UP " : "")}BROADCAST {(running ? "RUNNING " : "")}{role} MULTICAST  MTU:{mtu}  Metric:1\n");
        text.Append($"{Indent}RX packets:{traffic.RxFrames} errors:{errors.Rx} dropped:{traffic.RxDropped} overruns:{errors.RxOverruns} frame:{errors.RxFrame}\n");
        text.Append($"{Indent}TX packets:{traffic.TxFrames} errors:{errors.Tx} dropped:{traffic.TxDropped} overruns:{errors.TxOverruns} carrier:{errors.TxCarrier}\n");
        text.Append($"{Indent}RX bytes:{traffic.RxBytes}  TX bytes:{traffic.TxBytes}\n");
    }

    private static string Words(BondAddress given)
    {
        IPAddress address = IPAddress.Parse(given.Address);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? $"inet addr:{address}  Bcast:{IpText.Broadcast(address, given.PrefixLength)}  Mask:{IpText.Mask(given.PrefixLength)}"
            : $"inet6 addr:{address}/{given.PrefixLength} Scope:Global";
    }
}
