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
/// <param name="Flags">Interface flags: SLAVE, UP, LOWER_UP…</param>
/// <param name="Address">Present MAC.</param>
/// <param name="PermanentAddress">MAC it had before.</param>
/// <param name="IsActive">"ACTIVE", not "BACKUP".</param>
/// <param name="MiiStatus">UP, GOING_DOWN, DOWN, GOING_BACK.</param>
/// <param name="LinkFailureCount">How often its link was declared down.</param>
/// <param name="Frames">What it carried.</param>
/// <param name="Drops">Frames dropped in its row, by reason.</param>
/// <param name="XdpMode">Mode obtained: zerocopy, native, generic.</param>
/// <param name="Queues">Queues that are bound.</param>
public sealed record SlaveStatus(
    string Name, IReadOnlyList<string> Flags, string Address, string PermanentAddress, bool IsActive, string MiiStatus, long LinkFailureCount, FrameCounts Frames,
    IReadOnlyDictionary<string, long> Drops, string XdpMode, int Queues);

/// <summary>A bond's state as <c>show --json</c> prints it: what the lab reads of it.</summary>
public sealed class BondStatus
{
    private static readonly string[] TransmitDrops = ["no_port", "ring_full", "too_long", "too_short", "no_frame"];

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

    /// <summary>Interface flags: MASTER, UP, LOWER_UP…</summary>
    public IReadOnlyList<string> Flags => FlagsOf(_bond);

    /// <summary>Whether it shows carrier.</summary>
    public bool HasCarrier => Flags.Contains("LOWER_UP");

    /// <summary>MTU in bytes.</summary>
    public int Mtu => (int)_bond["mtu"]!;

    /// <summary>Name of the active slave, or null.</summary>
    public string? ActiveSlave => (string?)Option("active_slave");

    /// <summary>Frames on all slaves together.</summary>
    public FrameCounts Frames => Counts(Own(_bond));

    /// <summary>Frames dropped on all slaves together, by reason.</summary>
    public IReadOnlyDictionary<string, long> Drops => DropsOf(Own(_bond));

    /// <summary>Whether <c>miimon</c> is what it is because nothing was said of monitoring.</summary>
    public bool MonitoringIsDefault => (bool)Own(_bond)["monitoring_default"]!;

    /// <summary>Names of the poll threads that serve it.</summary>
    public IReadOnlyList<string> Threads => [.. Own(_bond)["cores"]!.AsArray().Select(core => (string)core!["thread"]!)];

    /// <summary>Frames to and from the host's interface: received from the host, transmitted to it.</summary>
    public FrameCounts HostFrames => Counts(Host);

    /// <summary>Frames dropped at the host's interface, or before a slave was chosen, by reason; those of slaves are with the slaves.</summary>
    public IReadOnlyDictionary<string, long> HostDrops => DropsOf(Host);

    /// <summary>Super-frames from and to the host, and the frames they stood for; empty with <c>gso=off</c>.</summary>
    public IReadOnlyDictionary<string, long> SuperFrames => Numbers(Host["gso"]);

    /// <summary>
    /// Frames that the host gave the bond and that neither left on a slave nor were counted as dropped. Less than none: frames that the
    /// bond sends of itself, such as gratuitous ARP, leave on top. What an Ethernet face handed up has counts of its own.
    /// </summary>
    public long UnaccountedFromHost =>
        HostFrames.RxFrames - Frames.TxFrames - HostDrops.Values.Sum() - FaceFrames.GetValueOrDefault("punted")
        - TransmitDrops.Sum(reason => DropsOf(Own(_bond)).GetValueOrDefault(reason));

    /// <summary>Frames at the Ethernet face of an InfiniBand bond, by what became of them; empty for any other.</summary>
    public IReadOnlyDictionary<string, long> FaceFrames => Numbers(Face["frames"]);

    /// <summary>MAC of the face.</summary>
    public string FaceAddress => (string)Face["address"]!;

    /// <summary>Multicast groups that the face has learnt.</summary>
    public IReadOnlyList<string> FaceGroups => [.. Face["groups"]!.AsArray().Select(group => (string)group!)];

    /// <summary>Addresses that the face has learnt behind the host's interface.</summary>
    public IReadOnlyList<string> FaceHosts => [.. Face["hosts"]!.AsArray().Select(host => (string)host!)];

    /// <summary>Whether it has that many slaves and all links are up.</summary>
    public bool HasAllUp(int slaves) => Slaves.Count == slaves && Slaves.All(slave => slave.MiiStatus == "UP");

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
    public SlaveStatus Slave(string name) =>
        Slaves.FirstOrDefault(slave => slave.Name == name) ?? throw new LabException($"no slave {name} in {_text}");

    /// <summary>
    /// Says what is wrong with the frames of an idle bond, null if nothing: each is accounted for, has a place in its core's ledger, did not
    /// turn up where the ledger said it was not, is not stuck in transmission.
    /// </summary>
    public string? LedgerFault()
    {
        if (UnaccountedFromHost > 0)
        {
            return $"{UnaccountedFromHost} frames from the host neither left nor were counted as dropped";
        }
        JsonArray? cores = Own(_bond)["cores"]?.AsArray();
        return cores is null or { Count: 0 }
            ? "no frame ledger"
            : cores.Select(core => LedgerFault(core!["frames"])).FirstOrDefault(fault => fault is not null);
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static string? LedgerFault(JsonNode? frames)
    {
        Dictionary<string, long> places = Numbers(frames);
        long placed = places.Where(place => place.Key is not ("total" or "violations")).Sum(place => place.Value);
        bool sound = places.GetValueOrDefault("total") > 0 && placed == places["total"] && places["violations"] == 0 && places["quarantined"] == 0
            && places["transmitting"] == 0;
        return sound ? null : $"frame ledger: {frames?.ToJsonString()}";
    }

    private static SlaveStatus Slave(JsonObject node)
    {
        JsonNode data = node["linkinfo"]!["info_slave_data"]!;
        JsonObject own = Own(node);
        return new SlaveStatus(
            (string)node["ifname"]!,
            FlagsOf(node),
            (string)node["address"]!,
            (string?)data["perm_hwaddr"] ?? "",
            (string?)data["state"] == "ACTIVE",
            (string?)data["mii_status"] ?? "",
            (long?)data["link_failure_count"] ?? 0,
            Counts(own),
            DropsOf(own),
            (string?)own["xdp_mode"] ?? "",
            (int?)own["queues"] ?? 0);
    }

    private static string[] FlagsOf(JsonNode node) => [.. node["flags"]!.AsArray().Select(flag => (string)flag!)];

    private JsonObject Face => Own(_bond)["face"]?.AsObject() ?? [];

    private JsonObject Host => Own(_bond)["host"]?.AsObject() ?? [];

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
