using System.Text.Json.Nodes;
using FastBond.Lab.Machine;

namespace FastBond.Lab.Product;

/// <summary>Frames and bytes moved, by direction.</summary>
/// <param name="RxFrames">Frames received.</param>
/// <param name="RxBytes">Bytes received, without FCS.</param>
/// <param name="TxFrames">Frames transmitted.</param>
/// <param name="TxBytes">Bytes transmitted, without FCS.</param>
public readonly record struct FrameCounts(long RxFrames, long RxBytes, long TxFrames, long TxBytes);

/// <summary>A slave as <c>show --json</c> shows it.</summary>
/// <param name="Name">Interface name.</param>
/// <param name="Address">Present MAC.</param>
/// <param name="PermanentAddress">MAC it had before.</param>
/// <param name="IsActive">"ACTIVE", not "BACKUP".</param>
/// <param name="MiiStatus">UP, GOING_DOWN, DOWN, GOING_BACK.</param>
/// <param name="LinkFailureCount">How often its link was declared down.</param>
/// <param name="Frames">What it carried.</param>
/// <param name="Drops">Frames dropped in its row, by reason.</param>
/// <param name="XdpMode">Mode obtained: zerocopy, native, generic.</param>
public sealed record SlaveStatus(
    string Name, string Address, string PermanentAddress, bool IsActive, string MiiStatus, long LinkFailureCount, FrameCounts Frames,
    IReadOnlyDictionary<string, long> Drops, string XdpMode);

/// <summary>A bond's state as <c>show --json</c> prints it: what the lab reads of it.</summary>
public sealed class BondStatus
{
    private readonly JsonObject _bond;
    private readonly string _text;

    private BondStatus(string text, JsonObject bond, IReadOnlyList<SlaveStatus> slaves)
    {
        _text = text;
        _bond = bond;
        Slaves = slaves;
    }

    /// <summary>Slaves in enslave order.</summary>
    public IReadOnlyList<SlaveStatus> Slaves { get; }

    /// <summary>The bond's MAC.</summary>
    public string Address => (string)_bond["address"]!;

    /// <summary>Whether it shows carrier.</summary>
    public bool HasCarrier => _bond["flags"]!.AsArray().Any(flag => (string)flag! == "LOWER_UP");

    /// <summary>MTU in bytes.</summary>
    public int Mtu => (int)_bond["mtu"]!;

    /// <summary>Name of the active slave, or null.</summary>
    public string? ActiveSlave => (string?)Option("active_slave");

    /// <summary>Frames to and from the host's interface.</summary>
    public FrameCounts HostFrames => Counts(Own(_bond));

    /// <summary>Frames dropped in the bond's own row, by reason.</summary>
    public IReadOnlyDictionary<string, long> Drops => DropsOf(Own(_bond));

    /// <summary>Frames dropped for any reason anywhere in the bond.</summary>
    public long TotalDrops => Drops.Values.Sum() + Slaves.Sum(slave => slave.Drops.Values.Sum());

    /// <summary>Where every frame of the bond's memory is; "total" apart.</summary>
    public IReadOnlyDictionary<string, long> FramePlaces => Numbers(Own(_bond)["frames"]);

    /// <summary>Reads the answer of <c>show --json</c> for one bond.</summary>
    /// <exception cref="LabException">It is not what <c>interfaces.md</c> says.</exception>
    public static BondStatus Parse(string text)
    {
        try
        {
            JsonArray all = JsonNode.Parse(text)!.AsArray();
            JsonObject bond = all.Select(node => node!.AsObject()).Single(node => (string?)node["linkinfo"]?["info_kind"] == "bond");
            string name = (string)bond["ifname"]!;
            return new BondStatus(text, bond, [.. all.Select(node => node!.AsObject()).Where(node => (string?)node["master"] == name).Select(Slave)]);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new LabException($"not a bond's JSON: {text}", e);
        }
    }

    /// <summary>An option as <c>info_data</c> has it; null if absent.</summary>
    public JsonNode? Option(string name) => _bond["linkinfo"]!["info_data"]![name];

    /// <summary>The slave of that name.</summary>
    /// <exception cref="LabException">No such slave.</exception>
    public SlaveStatus Slave(string name) => Slaves.FirstOrDefault(slave => slave.Name == name) ?? throw new LabException($"no slave {name} in {_text}");

    /// <summary>Says what is wrong with the frame ledger: every frame is in exactly one place and none is lost; null if nothing.</summary>
    public string? LedgerFault()
    {
        IReadOnlyDictionary<string, long> places = FramePlaces;
        if (!places.TryGetValue("total", out long total) || total <= 0)
        {
            return $"no frame ledger in {_text}";
        }
        long sum = places.Where(place => place.Key != "total").Sum(place => place.Value);
        return sum != total ? $"{sum} of {total} frames have a place: {Own(_bond)["frames"]}"
            : places.GetValueOrDefault("quarantine") != 0 ? $"frames in quarantine: {Own(_bond)["frames"]}"
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static SlaveStatus Slave(JsonObject node)
    {
        JsonNode data = node["linkinfo"]!["info_slave_data"]!;
        JsonObject own = Own(node);
        return new SlaveStatus(
            (string)node["ifname"]!,
            (string)node["address"]!,
            (string?)data["perm_hwaddr"] ?? "",
            (string?)data["state"] == "ACTIVE",
            (string?)data["mii_status"] ?? "",
            (long?)data["link_failure_count"] ?? 0,
            Counts(own),
            DropsOf(own),
            (string?)own["xdp_mode"] ?? "");
    }

    private static JsonObject Own(JsonObject node) => node["fastbond"]?.AsObject() ?? [];

    private static FrameCounts Counts(JsonObject own)
    {
        IReadOnlyDictionary<string, long> counters = Numbers(own["counters"]);
        return new FrameCounts(
            counters.GetValueOrDefault("rx_frames"), counters.GetValueOrDefault("rx_bytes"),
            counters.GetValueOrDefault("tx_frames"), counters.GetValueOrDefault("tx_bytes"));
    }

    private static IReadOnlyDictionary<string, long> DropsOf(JsonObject own) => Numbers(own["drops"]);

    private static Dictionary<string, long> Numbers(JsonNode? node) =>
        node is null ? [] : node.AsObject().ToDictionary(entry => entry.Key, entry => (long)entry.Value!);
}
