using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using Spectre.Console;

namespace FastBond.Lab.Demo;

/// <summary>A moment to be marked in the picture.</summary>
/// <param name="Seconds">Since the sampler started.</param>
/// <param name="Text">What happened.</param>
/// <param name="IsCut">Whether a link was cut or mended, else a phase began.</param>
internal sealed record Moment(double Seconds, string Text, bool IsCut);

/// <summary>What the demo has seen.</summary>
/// <param name="mode">Bonding mode.</param>
internal sealed class Report(string mode)
{
    private readonly List<string> _faults = [];
    private readonly List<Moment> _moments = [];
    private readonly List<(string Name, Iperf3Result Result)> _streams = [];
    private readonly List<CutResult> _cuts = [];
    private readonly List<(string Host, BondStatus Status)> _hosts = [];
    private ThroughputSampler? _sampler;

    /// <summary>Bonding mode.</summary>
    public string Mode => mode;

    /// <summary>What did not work, a line each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Moments to mark.</summary>
    public IReadOnlyList<Moment> Moments => _moments;

    /// <summary>Names of host A's slaves.</summary>
    public IReadOnlyList<string> Slaves => _sampler!.Slaves;

    /// <summary>Rates of host A's slaves over time.</summary>
    public IReadOnlyList<Sample> Samples => _sampler!.Samples;

    /// <summary>A rate as people say it.</summary>
    public static string Rate(double bitsPerSecond) => bitsPerSecond >= 1e9 ? $"{bitsPerSecond / 1e9:0.00} Gb/s" : $"{bitsPerSecond / 1e6:0.0} Mb/s";

    /// <summary>Takes the clock and the samples.</summary>
    public void Watch(ThroughputSampler sampler) => _sampler = sampler;

    /// <summary>Marks the beginning of a phase.</summary>
    public void Mark(string text) => _moments.Add(new Moment(_sampler!.Now, text, IsCut: false));

    /// <summary>Marks a cut or a mend.</summary>
    public void MarkCut(string text) => _moments.Add(new Moment(_sampler!.Now, text, IsCut: true));

    /// <summary>Writes down that something did not work.</summary>
    public void Fail(string fault) => _faults.Add(fault);

    /// <summary>Takes a stream's result.</summary>
    public void Add(string name, Iperf3Result result) => _streams.Add((name, result));

    /// <summary>Takes a cut's result.</summary>
    public void Add(CutResult cut) => _cuts.Add(cut);

    /// <summary>Takes a host's last state.</summary>
    public void Add(string host, BondStatus status) => _hosts.Add((host, status));

    /// <summary>Prints the tables.</summary>
    public void Print(IAnsiConsole console)
    {
        Table slaves = Titled($"{mode}: frames per slave and direction", "host", "slave", "sent", "received", "link failures", "dropped, by reason");
        foreach ((string host, BondStatus status) in _hosts)
        {
            foreach (SlaveStatus slave in status.Slaves)
            {
                slaves.AddRow(
                    host, slave.Name, $"{slave.Frames.TxFrames:N0}", $"{slave.Frames.RxFrames:N0}", $"{slave.LinkFailureCount}", Reasons(slave.Drops));
            }
            slaves.AddRow(host, "bond0", $"{status.HostFrames.TxFrames:N0}", $"{status.HostFrames.RxFrames:N0}", "", Reasons(status.HostDrops));
        }
        console.Write(slaves);

        Table cuts = Titled("cuts", "cut", "cut to last frame on it", "frames given to it dead", "numbered frames lost", "longest pause");
        foreach (CutResult cut in _cuts)
        {
            string toLast = $"{cut.Dead.Span.TotalMilliseconds:0.0} ms", pause = $"{cut.Pause.TotalMilliseconds:0} ms";
            cuts.AddRow(cut.What, toLast, $"{cut.Dead.Frames}", $"{cut.Lost} of {cut.Probes}", pause);
        }
        console.Write(cuts);

        Table streams = Titled("streams", "stream", "received", "TCP retransmits", "datagrams lost");
        foreach ((string name, Iperf3Result result) in _streams)
        {
            string lost = $"{result.LostDatagrams:N0} of {result.Datagrams:N0}", again = $"{result.Retransmits:N0}";
            bool isUdp = result.Datagrams > 0;
            streams.AddRow(name, Rate(result.BitsPerSecond), isUdp ? "" : again, isUdp ? lost : "");
        }
        console.Write(streams);
    }

    private static Table Titled(string title, params string[] columns)
    {
        Table table = new() { Title = new TableTitle(title), Border = TableBorder.Rounded };
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }
        return table;
    }

    private static string Reasons(IReadOnlyDictionary<string, long> drops) =>
        string.Join(", ", drops.Where(drop => drop.Value > 0).Select(drop => $"{drop.Key} {drop.Value:N0}"));
}
