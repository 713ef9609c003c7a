using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Monitoring;

/// <summary>
/// Addresses seen as the sender's in ARP packets and neighbour discovery that came from the host: those of guests on a bridge above the
/// bond, and the host's own where netlink does not show them, as its interface was moved to another network namespace. Bounded and aged: they
/// only supplement what is configured.
/// </summary>
internal sealed class LearnedAddresses(Bond bond)
{
    /// <summary>Most addresses kept; a new one takes the place of the one not seen for longest.</summary>
    public const int Capacity = 256;

    /// <summary>How long one is kept that is not seen again: longer than any stack waits to ask its neighbours anew.</summary>
    public const long LifetimeNs = 300_000 * Clock.Millisecond;

    private readonly List<Learned> _learned = [];

    /// <summary>How many there are, those included that are too old.</summary>
    public int Count => _learned.Count;

    /// <summary>One of them; null if it is too old.</summary>
    public Learned? At(int index) => bond.NowNs - _learned[index].SeenNs <= LifetimeNs ? _learned[index] : null;

    /// <summary>A frame that the host sent.</summary>
    public void Learn(ReadOnlySpan<byte> bytes)
    {
        if (!EthernetFrame.TryParse(bytes, out EthernetFrame frame))
        {
            return;
        }

        HardwareAddress source = new(frame.Source);
        if (!source.IsMulticast && SenderOf(frame, source) is { } sender && !IpNumber.IsUnspecified(sender))
        {
            Note(sender, source, frame);
        }
    }

    /// <summary>Who says in the frame that he has an address.</summary>
    private static UInt128? SenderOf(in EthernetFrame frame, HardwareAddress source) => frame.Type switch
    {
        EtherType.Arp => ArpMessage.TryParse(frame.Payload, ArpMessage.EthernetHardware, source.Length, out ArpMessage arp) &&
            arp.SenderHardware.SequenceEqual(source.AsSpan()) ? IpNumber.OfIpv4(arp.SenderIp) : null,
        EtherType.Ipv6 => NeighborPacket.TryParse(frame.Payload, out NeighborPacket nd) ? nd.IsAdvertisement ? nd.Target : nd.Source : null,
        _ => null,
    };

    private void Note(UInt128 number, HardwareAddress source, in EthernetFrame frame)
    {
        // The bond's own may change with a fail-over: then it is the new one that must be announced. On InfiniBand all behind it have its address.
        HardwareAddress mac = source == bond.Address || bond.LinkType == SlaveDevice.Infiniband ? default : source;
        int index = IndexOf(number);
        if (index >= 0 && _learned[index].Is(mac, frame))
        {
            _learned[index].SeenNs = bond.NowNs;
            return;
        }

        if (index < 0 && _learned.Count == Capacity)
        {
            index = Oldest();
        }

        if (index >= 0)
        {
            _learned.RemoveAt(index);
        }

        uint[] tags = new uint[frame.TagCount];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i] = Learned.VlanOf(frame.Tag(i));
        }

        _learned.Add(new Learned(number, new HostAddress(IpNumber.ToAddress(number), tags, mac)) { SeenNs = bond.NowNs });
    }

    private int IndexOf(UInt128 number)
    {
        int index = _learned.Count - 1;
        while (index >= 0 && _learned[index].Number != number)
        {
            index--;
        }

        return index;
    }

    private int Oldest()
    {
        int oldest = 0;
        for (int i = 1; i < _learned.Count; i++)
        {
            oldest = _learned[i].SeenNs < _learned[oldest].SeenNs ? i : oldest;
        }

        return oldest;
    }

    /// <summary>One address learnt.</summary>
    internal sealed record Learned(UInt128 Number, HostAddress Host)
    {
        /// <summary>When it was last seen.</summary>
        public long SeenNs { get; set; }

        /// <summary>Whether the bond's own MAC has it.</summary>
        public bool IsOwn => Host.Mac.IsEmpty;

        /// <summary>A tag without its priority.</summary>
        public static uint VlanOf(uint tag) => tag & 0xffff_0fff;

        /// <summary>Whether it stands for the same MAC in the same VLAN.</summary>
        public bool Is(HardwareAddress mac, in EthernetFrame frame)
        {
            bool same = Host.Mac == mac && Host.VlanTags.Count == frame.TagCount;
            for (int i = 0; same && i < frame.TagCount; i++)
            {
                same = Host.VlanTags[i] == VlanOf(frame.Tag(i));
            }

            return same;
        }
    }
}
