using System.Text.Json.Nodes;

namespace FastBond.Lab.Net;

/// <summary>A network device as <c>ip -d -json link</c> shows it.</summary>
/// <param name="Name">Name.</param>
/// <param name="Index">ifindex.</param>
/// <param name="Address">MAC in the usual spelling.</param>
/// <param name="Mtu">MTU in bytes.</param>
/// <param name="Flags">UP, LOWER_UP, NO-CARRIER, PROMISC…</param>
/// <param name="OperState">UP, DOWN, LOWERLAYERDOWN…</param>
/// <param name="Promiscuity">How many want it promiscuous.</param>
/// <param name="AllMulti">How many want all multicast.</param>
/// <param name="XdpProgram">Id of the XDP program attached; 0 = none.</param>
/// <param name="Master">Name of its master, or null.</param>
public sealed record LinkInfo(
    string Name, int Index, string Address, int Mtu, IReadOnlyList<string> Flags, string OperState, int Promiscuity, int AllMulti,
    int XdpProgram, string? Master)
{
    /// <summary>Whether an XDP program is attached.</summary>
    public bool HasXdp => XdpProgram != 0;

    /// <summary>Administratively up.</summary>
    public bool IsUp => Flags.Contains("UP");

    /// <summary>Up and with carrier.</summary>
    public bool HasCarrier => Flags.Contains("LOWER_UP");

    /// <summary>Up with carrier, and the kernel has acted on it: before that, frames sent to the device are dropped without a trace.</summary>
    public bool IsOperational => HasCarrier && (OperState is "UP" or "UNKNOWN");

    internal static LinkInfo Parse(JsonNode node) => new(
        (string)node["ifname"]!,
        (int)node["ifindex"]!,
        (string?)node["address"] ?? "",
        (int)node["mtu"]!,
        [.. node["flags"]!.AsArray().Select(flag => (string)flag!)],
        (string?)node["operstate"] ?? "",
        (int?)node["promiscuity"] ?? 0,
        (int?)node["allmulti"] ?? 0,
        (int?)node["xdp"]?["prog"]?["id"] ?? 0,
        (string?)node["master"]);
}
