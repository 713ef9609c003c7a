using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation.Network;

/// <summary>
/// What a host has above its bond: ARP, echo, datagrams and groups, as far as it takes to be a neighbour. It also judges what the bond
/// delivers: nothing twice, nothing of its own, and every flow in order.
/// </summary>
internal sealed class HostStack(SimulatedHost host)
{
    private const long ForgetAfterNs = 500 * VirtualTime.Millisecond;
    private const int ArpOperation = 20, ArpSenderMac = 22, ArpSenderIp = 28, ArpTargetIp = 38;

    private readonly Neighbour[] _neighbours = new Neighbour[SimulatedNetwork.MaxHosts];
    private readonly Dictionary<(int Host, int Flow), NetworkFrame> _latest = [];
    private readonly Dictionary<long, long> _asked = [];

    private struct Neighbour
    {
        public HardwareAddress Mac;
        public long WaitingSinceNs;
    }

    /// <summary>Told of every frame that the stack reads.</summary>
    public Action<NetworkFrame>? Hears { get; set; }

    /// <summary>Echo requests sent, with an answer or without.</summary>
    public int Asked { get; private set; }

    /// <summary>Echo replies that came, each counted once.</summary>
    public int Answered { get; private set; }

    /// <summary>The longest an answer took.</summary>
    public long SlowestNs { get; private set; }

    /// <summary>Datagrams that came, copies included.</summary>
    public int Datagrams { get; private set; }

    /// <summary>Forgets what was asked so far.</summary>
    public void BeginJudging()
    {
        _asked.Clear();
        Asked = 0;
        Answered = 0;
        SlowestNs = 0;
    }

    /// <summary>Asks a neighbour for an echo. One that leaves this unanswered is asked for its MAC anew.</summary>
    public void Ping(SimulatedHost peer, int id)
    {
        Asked++;
        ref Neighbour neighbour = ref _neighbours[peer.Index];
        if (neighbour.WaitingSinceNs > 0 && host.NowNs - neighbour.WaitingSinceNs > ForgetAfterNs)
        {
            neighbour = default;
        }

        if (FindNeighbour(peer) is { } mac)
        {
            neighbour.WaitingSinceNs = neighbour.WaitingSinceNs == 0 ? host.NowNs : neighbour.WaitingSinceNs;
            long number = host.Network.NextNumber();
            _asked[number] = host.NowNs;
            byte[] bytes = FrameWriter.Echo(number, reply: false, mac, Mac, host.Address, peer.Address, id);
            Send(new NetworkFrame(number, FrameKind.EchoRequest, host, bytes) { Flow = id, Sequence = number });
        }
    }

    public void SendDatagrams(SimulatedHost peer, int flow, int count)
    {
        if (FindNeighbour(peer) is not { } mac)
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            long number = host.Network.NextNumber();
            byte[] bytes = FrameWriter.UdpDatagram(number, mac, Mac, host.Address, peer.Address, flow);
            Send(new NetworkFrame(number, FrameKind.Udp, host, bytes) { Flow = flow, Sequence = number });
        }
    }

    public void SendMulticastReport(params ReadOnlySpan<uint> vlanTags)
    {
        long number = host.Network.NextNumber();
        byte[] bytes = FrameWriter.IgmpReport(number, Mac, host.Address, vlanTags);
        Send(new NetworkFrame(number, FrameKind.Igmp, host, bytes) { VlanTags = vlanTags.Length });
    }

    /// <summary>A broadcast that nobody understands, of any length.</summary>
    public void SendOdd(int length, int flow)
    {
        long number = host.Network.NextNumber();
        Send(new NetworkFrame(number, FrameKind.Odd, host, FrameWriter.Odd(number, Mac, length)) { Flow = flow });
    }

    /// <summary>A core has given the stack a frame, under that generation of the table: may it be here, now?</summary>
    public void Judge(NetworkFrame frame, long generation)
    {
        host.Network.History.Add(Happening.Delivered, host.Name, frame.Number);
        if (frame.DeliveredUnder[host.Index] == 0 && frame.Kind == FrameKind.Udp)
        {
            JudgeOrder(frame);
        }

        JudgeCopies(frame, generation);
    }

    /// <summary>The stack reads a frame.</summary>
    public void Receive(NetworkFrame frame)
    {
        Hears?.Invoke(frame);
        if (!frame.IsMulticast && !frame.Bytes.AsSpan(0, 6).SequenceEqual(Mac.AsSpan()))
        {
            return;
        }

        switch (frame.Kind)
        {
            case FrameKind.Arp or FrameKind.Control:
                ReceiveArp(frame.Bytes);
                break;
            case FrameKind.EchoRequest:
                Answer(frame);
                break;
            case FrameKind.EchoReply when _asked.Remove(frame.Sequence, out long sentNs):
                Answered++;
                SlowestNs = Math.Max(SlowestNs, host.NowNs - sentNs);
                _neighbours[frame.Sender.Index].WaitingSinceNs = 0;
                break;
            case FrameKind.Udp:
                Datagrams++;
                break;
        }
    }

    private HardwareAddress Mac => host.World.BondAddress;

    /// <summary>
    /// In modes 0 to 2 nothing is delivered twice and nothing comes back to its sender, except where a fail-over lay in between (the copy
    /// for the old backup arrives at the new active slave) or where the network itself was told to copy.
    /// </summary>
    private void JudgeCopies(NetworkFrame frame, long generation)
    {
        long under = frame.DeliveredUnder[host.Index];
        frame.DeliveredUnder[host.Index] = generation;
        Bond bond = host.Bond;
        bool mayComeBack = bond.Options.AllSlavesActive || (host.Network.FloodsToSiblings && bond.Options.Mode != BondMode.ActiveBackup);
        if (mayComeBack || frame.Multiplied)
        {
            return;
        }

        if (frame.Sender == host && frame.Generation == generation)
        {
            throw new InvariantBrokenException($"{host.Name}: its own {frame.Kind} {frame.Number} was delivered to it");
        }

        if (under == generation && frame.Mode != BondMode.Broadcast)
        {
            throw new InvariantBrokenException($"{host.Name}: {frame.Kind} {frame.Number} of {frame.Sender.Name} was delivered twice");
        }
    }

    /// <summary>While nothing in the network changes, what the sender put on one slave arrives in order.</summary>
    private void JudgeOrder(NetworkFrame frame)
    {
        (int, int) flow = (frame.Sender.Index, frame.Flow);
        if (_latest.TryGetValue(flow, out NetworkFrame? latest) && latest.Sequence > frame.Sequence)
        {
            bool undisturbed = frame.Epoch == host.Network.Epoch && host.Network.IsOrderly;
            if (undisturbed && frame.Mode is BondMode.ActiveBackup or BondMode.BalanceXor)
            {
                throw new InvariantBrokenException(
                    $"{host.Name}: Udp {frame.Number} of {frame.Sender.Name} arrived after {latest.Number} of the same flow");
            }
        }
        else
        {
            _latest[flow] = frame;
        }
    }

    /// <summary>Sends a frame as it is.</summary>
    public void Send(NetworkFrame frame)
    {
        bool taken = host.Cores[frame.Flow % host.Cores.Count].FromHost(frame);
        host.Network.History.Add(taken ? Happening.SentByHost : Happening.Dropped, host.Name, frame.Number);
    }

    /// <summary>The neighbour's MAC; null while it isn't known: then it is asked for.</summary>
    private HardwareAddress? FindNeighbour(SimulatedHost peer)
    {
        HardwareAddress mac = _neighbours[peer.Index].Mac;
        if (!mac.IsEmpty)
        {
            return mac;
        }

        SendArp(number => FrameWriter.ArpRequest(number, Mac, host.Address, peer.Address));
        return null;
    }

    private void Answer(NetworkFrame request)
    {
        SimulatedHost peer = request.Sender;
        if (FindNeighbour(peer) is { } mac)
        {
            long number = host.Network.NextNumber();
            byte[] bytes = FrameWriter.Echo(number, reply: true, mac, Mac, host.Address, peer.Address, request.Flow);
            Send(new NetworkFrame(number, FrameKind.EchoReply, host, bytes) { Flow = request.Flow, Sequence = request.Sequence });
        }
    }

    private void ReceiveArp(ReadOnlySpan<byte> frame)
    {
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != EtherType.Arp)
        {
            return;
        }

        IPAddress sender = new(frame.Slice(ArpSenderIp, 4));
        HardwareAddress mac = new(frame.Slice(ArpSenderMac, 6));
        if (host.Network.HostAt(sender) is not { } peer || peer == host)
        {
            return;
        }

        bool isForUs = new IPAddress(frame.Slice(ArpTargetIp, 4)).Equals(host.Address);
        ref Neighbour neighbour = ref _neighbours[peer.Index];
        if (isForUs || !neighbour.Mac.IsEmpty)
        {
            neighbour.Mac = mac;
        }

        if (isForUs && frame[ArpOperation + 1] == 1)
        {
            SendArp(number => FrameWriter.ArpReply(number, mac, Mac, host.Address, sender));
        }
    }

    private void SendArp(Func<long, byte[]> write)
    {
        long number = host.Network.NextNumber();
        Send(new NetworkFrame(number, FrameKind.Arp, host, write(number)));
    }
}
