using System.Text;
using System.Text.Json.Nodes;

namespace FastBond.Lab.Net;

/// <summary>
/// All that a device can be told, as one text: to compare how a NIC was found with how it was left. Counters, and what follows from the
/// peer's state rather than from settings, are left out.
/// </summary>
public static class DeviceState
{
    private static readonly string[] Volatile = ["operstate", "qdisc", "stats", "stats64", "flags", "ifindex", "link_index"];

    /// <summary>The settings of one device: link attributes, addresses, offloads, channels, and its sysctls of IPv4 and IPv6.</summary>
    public static string Read(NetworkNamespace place, string device)
    {
        StringBuilder text = new();
        // One call tells the link's attributes and its addresses.
        JsonObject link = place.IpJson($"-d address show dev {device}")[0]!.AsObject();
        text.Append("up: ").Append(link["flags"]!.AsArray().Any(flag => (string)flag! == "UP")).Append('\n');
        foreach ((string name, JsonNode? value) in link.Where(entry => !Volatile.Contains(entry.Key)))
        {
            text.Append(name).Append(": ").Append(value?.ToJsonString()).Append('\n');
        }
        text.Append(place.Run($"ethtool -k {device}").Output);
        text.Append(place.Try(["ethtool", "-l", device]).Output);
        place.Invoke(() => Sysctls(text, device));
        return text.ToString();
    }

    private static void Sysctls(StringBuilder text, string device)
    {
        foreach (string folder in new[] { $"/proc/sys/net/ipv4/conf/{device}", $"/proc/sys/net/ipv6/conf/{device}" }.Where(Directory.Exists))
        {
            foreach (string file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            {
                try
                {
                    text.Append(file).Append(": ").Append(File.ReadAllText(file).TrimEnd()).Append('\n');
                }
                catch (IOException)
                {
                    // stable_secret cannot be read until it is set.
                }
            }
        }
    }
}
