using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation.Arp;

/// <summary>
/// A bond with the ARP monitor and what is behind it: a path from each slave to one switch, which can be cut without the slave noticing, and
/// hosts at the switch that answer. A frame takes 0.1 ms.
/// </summary>
internal sealed class ArpNetwork
{
    private const long DelayNs = 100_000;
    private const int TypeOffset = 12, Operation = 21, Sender = 28, Target = 38;

    private readonly PriorityQueue<(string Slave, byte[] Frame), (long TimeNs, int Order)> _onTheWay = new();
    private int _order;

    public ArpNetwork(BondMode mode, int slaves = 3, int interval = 100, string validate = "none", string targets = "10.9.0.2", Action<BondSimulation>? configure = null)
    {
        Simulation = new BondSimulation(Hearing.Hinted, slaves);
        Simulation.SetMode(mode);
        Simulation.Set("arp_interval", interval);
        Simulation.Set("arp_ip_target", targets);
        Simulation.Set("arp_validate", validate);
        Simulation.SetAddress(ArpFrames.Bond);
        configure?.Invoke(Simulation);
        Interval = interval;
        Simulation.Bond.SetHostAddresses(0, [new HostAddress(IPAddress.Parse("10.9.0.1"), [], default) { PrefixLength = 24 }]);
        Simulation.World.OnSend = Sent;
        for (int i = 0; i < slaves; i++)
        {
            Paths.Add($"s{i}");
            Simulation.Enslave([$"s{i}"]);
        }

        Simulation.SetUp(true);
    }

    public BondSimulation Simulation { get; }

    public int Interval { get; }

    /// <summary>The slaves whose path to the switch is whole.</summary>
    public HashSet<string> Paths { get; } = [];

    /// <summary>The hosts at the switch that are alive.</summary>
    public HashSet<string> Hosts { get; } = ["10.9.0.2"];

    /// <summary>Where the switch sends what is for the bond; null: where it was last heard.</summary>
    public string? AnswersTo { get; set; }

    public Bond Bond => Simulation.Bond;

    public string? Active => Bond.ActiveSlave?.Name;

    public LinkState this[string slave] => Simulation.Slave(slave).Link;

    public void RunFor(double milliseconds) => RunUntil(Simulation.NowNs + (long)(milliseconds * 1_000_000));

    public void RunIntervals(double intervals) => RunFor(intervals * Interval);

    /// <summary>Runs until something is so; how many milliseconds that took.</summary>
    public double RunWhile(Func<bool> holds, double longestMs = 60_000)
    {
        double beginMs = Simulation.NowMs;
        while (holds())
        {
            Assert.True(Simulation.NowMs < beginMs + longestMs, $"still so after {longestMs} ms");
            RunFor(1);
        }

        return Simulation.NowMs - beginMs;
    }

    /// <summary>Something arrives at a slave, whatever its path.</summary>
    public void Deliver(string slave, byte[] frame)
    {
        if (Bond.FindSlave(slave) is not { IsRunning: true } receiver)
        {
            return;
        }

        // What a core does: of frames that count the time, of ARP and neighbour discovery a copy if it is watched for.
        bool counts = !Bond.Table.StampsOnlyArpAndIpv6 || IsArpOrIpv6(frame);
        if (counts && (Bond.Table.StampMask >> receiver.Slot & 1) != 0)
        {
            Bond.Heard(Simulation.NowNs, receiver, Simulation.NowNs);
        }

        if (IsArpOrIpv6(frame) && (Bond.Table.WatchMask >> receiver.Slot & 1) != 0)
        {
            Bond.FrameReceived(Simulation.NowNs, receiver, frame);
        }
    }

    /// <summary>Something arrives wherever there is a path.</summary>
    public void Flood(byte[] frame, string? from = null)
    {
        foreach (string slave in Paths.Where(slave => slave != from))
        {
            _onTheWay.Enqueue((slave, frame), (Simulation.NowNs + DelayNs, _order++));
        }
    }

    private static bool IsArpOrIpv6(byte[] frame)
    {
        int at = TypeOffset;
        while ((frame[at] << 8 | frame[at + 1]) == 0x8100)
        {
            at += 4;
        }

        return (frame[at] << 8 | frame[at + 1]) is 0x0806 or 0x86dd;
    }

    private void RunUntil(long endNs)
    {
        while (true)
        {
            long arrivesNs = _onTheWay.TryPeek(out _, out (long TimeNs, int) first) ? first.TimeNs : long.MaxValue;
            if (Math.Min(arrivesNs, Bond.NextDueNs) > endNs)
            {
                break;
            }

            if (arrivesNs > Bond.NextDueNs)
            {
                Simulation.RunUntil(Bond.NextDueNs);
                continue;
            }

            (string slave, byte[] frame) = _onTheWay.Dequeue();
            Simulation.World.NowNs = arrivesNs;
            Deliver(slave, frame);
        }

        Simulation.RunUntil(endNs);
    }

    private void Sent(SentFrame sent)
    {
        if (!Paths.Contains(sent.Slave) || !Simulation.World.Devices[sent.Slave].Carrier)
        {
            return;
        }

        Flood(sent.Bytes, sent.Slave);
        byte[] question = sent.Bytes;
        string answersTo = AnswersTo ?? sent.Slave;
        string target = new IPAddress(question.AsSpan(Target, 4)).ToString();
        if (question[TypeOffset] == 0x08 && question[Operation] == 1 && Hosts.Contains(target) && Paths.Contains(answersTo))
        {
            string asker = new IPAddress(question.AsSpan(Sender, 4)).ToString();
            byte[] answer = ArpFrames.Reply(new HardwareAddress(question.AsSpan(6, 6)).ToString(), ArpFrames.Peer, target, asker);
            _onTheWay.Enqueue((answersTo, answer), (sent.TimeNs + (2 * DelayNs), _order++));
        }
    }
}
