using System.Text.Json.Nodes;
using FastBond.Lab.Machine;

namespace FastBond.Lab.Net;

/// <summary>Looks into the bridges that stand for switches, and blocks their ports.</summary>
public static class Bridges
{
    // States of a bridge's port as the kernel numbers them. Without a spanning tree the kernel unblocks a port that is merely blocking.
    private const int Disabled = 0, Forwarding = 3;

    /// <summary>The port behind which the bridge of a namespace has learnt a MAC; null if it has not.</summary>
    /// <exception cref="LabException">It has it behind two.</exception>
    public static string? LearntAt(NetworkNamespace place, string mac)
    {
        string table = Command.Run("bridge", ["-n", place.Name, "-json", "fdb", "show", "br", "br0"]).EnsureSuccess().Output;
        string[] ports =
        [
            .. JsonNode.Parse(table)!.AsArray()
                .Where(entry => (string?)entry!["mac"] == mac && (string?)entry["state"] != "permanent")
                .Select(entry => (string)entry!["ifname"]!).Distinct(),
        ];
        return ports.Length < 2 ? ports.FirstOrDefault() : throw new LabException($"{place.Name} has {mac} behind {string.Join(" and ", ports)}");
    }

    /// <summary>Lets a port pass nothing, though it has carrier, or lets it forward.</summary>
    public static void Block(NetworkNamespace place, string port, bool blocked) =>
        Command.Run("bridge", ["-n", place.Name, "link", "set", "dev", port, "state", $"{(blocked ? Disabled : Forwarding)}"]).EnsureSuccess();
}
