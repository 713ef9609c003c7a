using FastBond.Core.Bonds;

namespace FastBond.Simulation.Network;

internal enum FrameKind
{
    Udp,
    EchoRequest,
    EchoReply,
    Arp,
    Igmp,

    /// <summary>A frame that means nothing to anybody: wrong length, unknown ethertype.</summary>
    Odd,

    /// <summary>Sent by a bond's control plane.</summary>
    Control,
}

/// <summary>A frame on its way through the network, and what is known of it besides its bytes.</summary>
internal sealed class NetworkFrame(long number, FrameKind kind, SimulatedHost sender, byte[] bytes)
{
    /// <summary>Unique in the network.</summary>
    public long Number { get; } = number;

    public FrameKind Kind { get; } = kind;

    public SimulatedHost Sender { get; } = sender;

    public byte[] Bytes { get; } = bytes;

    /// <summary>What decides on which core it is handled; frames of one flow must stay in order.</summary>
    public int Flow { get; init; }

    /// <summary>Counts up in a flow, or names an echo.</summary>
    public long Sequence { get; init; }

    public int VlanTags { get; init; }

    /// <summary>Whether cables have made copies of it on purpose.</summary>
    public bool Multiplied { get; set; }

    /// <summary>The network's epoch when the sender's core handled it, or its control plane sent it.</summary>
    public long Epoch { get; set; }

    /// <summary>The sender's mode then.</summary>
    public BondMode Mode { get; set; }

    /// <summary>Generation of the sender's table then.</summary>
    public long Generation { get; set; }

    /// <summary>For each host under which generation of its table it was delivered last; 0 if never.</summary>
    public long[] DeliveredUnder { get; } = new long[SimulatedNetwork.MaxHosts];

    public bool IsMulticast => Bytes.Length > 0 && (Bytes[0] & 1) != 0;

    public bool IsBroadcast => Bytes.Length >= 6 && !Bytes.AsSpan(0, 6).ContainsAnyExcept((byte)0xff);
}
