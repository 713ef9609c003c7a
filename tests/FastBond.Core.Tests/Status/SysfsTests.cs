using System.Text.Json;
using FastBond.Core.Bonds;
using FastBond.Core.Status;
using Xunit;

namespace FastBond.Core.Tests.Status;

/// <summary>
/// What a real kernel bond in the same state had in its sysfs files: the option table shows each option so, and the JSON and the status
/// text have the rest. A file is either compared or excepted by name.
/// </summary>
public sealed class SysfsTests
{
    /// <summary>Files for which there is nothing of ours to compare, and why.</summary>
    private static readonly (string Suffix, string Reason)[] Exceptions =
    [
        ("/addr_assign_type", "the interface's own, and how its driver came by the MAC; that a MAC given to a bond stays is in MembershipTests"),
        ("bonding/ad_aggregator", "802.3ad's, empty in every other mode"),
        ("bonding/ad_num_ports", "802.3ad's, empty in every other mode"),
        ("bonding/ad_actor_key", "802.3ad's, empty in every other mode"),
        ("bonding/ad_partner_key", "802.3ad's, empty in every other mode"),
        ("bonding/ad_partner_mac", "802.3ad's, empty in every other mode"),
        ("bonding_slave/ad_aggregator_id", "802.3ad's, N/A in every other mode"),
        ("bonding_slave/ad_actor_oper_port_state", "802.3ad's, N/A in every other mode"),
        ("bonding_slave/ad_partner_oper_port_state", "802.3ad's, N/A in every other mode"),
    ];

    /// <summary>
    /// Here the ARP monitor probed its slaves in turn, ten times a second, and went on to the next one while the files were being read:
    /// which slave is being probed is the text's and the JSON's to compare, which show one moment.
    /// </summary>
    private static readonly string[] ReadWhileProbing = ["ab-arp-noreply", "ab-arp-all_targets-all"];

    /// <summary>All but one: a slave of balance-tlb keeps its own MAC, and that mode isn't there yet.</summary>
    public static TheoryData<string> Recorded => [.. GoldenStates.Expected("sysfs").Except(["tlb-dynamic0"])];

    [Fact]
    public void NoRecordingIsMissing() => Assert.Equal(56, Recorded.Count);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void TellsWhatSysfsTells(string name)
    {
        Bond bond = GoldenStates.Make(name);
        Dictionary<string, JsonElement> links = Links(bond);
        string[] recorded = [.. File.ReadLines(GoldenFiles.PathOf("sysfs", $"{name}.txt")).Where(line => !IsExcepted(name, line))];
        Assert.InRange(recorded.Length, 36, 70);
        Assert.All(recorded, line =>
        {
            // A veth end whose peer was down from the first is "lowerlayerdown", which a NIC never is.
            line = line.Replace("lowerlayerdown", "down", StringComparison.Ordinal);
            string file = line[..line.IndexOf('=', StringComparison.Ordinal)];
            Assert.Equal(line, $"{file}={Read(bond, links, file.Split('/'))}");
        });
    }

    /// <summary>An exception holds for the value it names and no other.</summary>
    private static bool IsExcepted(string name, string line)
    {
        string[] parts = line.Split('=');
        if (ReadWhileProbing.Contains(name) && parts[0].Split('/') is [_, "bonding_slave", "mii_status" or "state"])
        {
            return true;
        }

        string? reason = Array.Find(Exceptions, exception => parts[0].EndsWith(exception.Suffix, StringComparison.Ordinal)).Reason;
        return reason is not null && (!reason.StartsWith("802.3ad", StringComparison.Ordinal) || parts[1] is "" or "N/A");
    }

    private static string? Read(Bond bond, Dictionary<string, JsonElement> links, string[] file) => file switch
    {
        ["bonding", "mii_status"] => bond.Carrier ? "up" : "down",
        ["bonding", var option] => bond.GetOption(option),
        [var slave, "bonding_slave", var what] => OfSlave(bond.FindSlave(slave)!, what),
        [var link, var what] => OfLink(links[link], what),
        _ => throw new InvalidOperationException($"unknown file {string.Join('/', file)}"),
    };

    private static string? OfSlave(Slave slave, string what) => what switch
    {
        "state" => slave.IsActive ? "active" : "backup",
        "mii_status" => ProcText.LinkName(slave.Link),
        "link_failure_count" => $"{slave.LinkFailureCount}",
        "perm_hwaddr" => $"{slave.PermanentAddress}",
        "queue_id" => $"{slave.QueueId}",
        _ => null,
    };

    private static string? OfLink(JsonElement link, string what)
    {
        string[] flags = [.. link.GetProperty("flags").EnumerateArray().Select(static flag => flag.GetString()!)];
        return what switch
        {
            "operstate" => link.GetProperty("operstate").ValueEquals("UP") ? "up" : "down",
            "carrier" when !flags.Contains("UP") => "",
            "carrier" => flags.Contains("LOWER_UP") ? "1" : "0",
            "flags" => $"0x{flags.Sum(Bit):x}",
            "mtu" => $"{link.GetProperty("mtu").GetInt32()}",
            _ => link.GetProperty(what).GetString(),
        };
    }

    private static int Bit(string flag) => flag switch
    {
        "UP" => 0x1,
        "BROADCAST" => 0x2,
        "MASTER" => 0x400,
        "SLAVE" => 0x800,
        "MULTICAST" => 0x1000,
        _ => 0,
    };

    private static Dictionary<string, JsonElement> Links(Bond bond)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartArray();
            LinkJson.Write(writer, bond, 7);
            writer.WriteEndArray();
        }

        return JsonElement.Parse(stream.ToArray()).EnumerateArray().ToDictionary(static link => link.GetProperty("ifname").GetString()!);
    }
}
