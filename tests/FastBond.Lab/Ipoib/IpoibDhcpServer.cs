using System.Collections.Concurrent;
using System.Net;
using FastBond.Lab.Tools;

namespace FastBond.Lab.Ipoib;

/// <summary>
/// A DHCPv4 server on IPoIB, written from RFC 2131 and 4390: there clients are told apart by their identifiers alone, and are answered
/// by broadcast unless they have an address to be answered at. Gives out 192.0.2.100 and on.
/// </summary>
public sealed class IpoibDhcpServer
{
    private const int ClientPort = 68, ServerPort = 67, UdpHeaders = 28;
    private const byte Infiniband = 32;

    private readonly IpoibPeer _peer;
    private readonly ConcurrentDictionary<string, IPAddress> _leases = new();

    /// <summary>Serves at a peer.</summary>
    public IpoibDhcpServer(IpoibPeer peer)
    {
        _peer = peer;
        peer.OnUdp = Receive;
    }

    /// <summary>Addresses given, by client identifier in hex.</summary>
    public IReadOnlyDictionary<string, IPAddress> Leases => _leases;

    /// <summary>How many requests came to the server alone.</summary>
    public int Renewals { get; private set; }

    private void Receive(int port, byte[] packet)
    {
        // What is not as RFC 4390 says is not answered.
        if (port != ServerPort || DhcpMessage.Parse(packet.AsSpan(UdpHeaders)) is not { Operation: 1, Hardware: (Infiniband, 0) } asked ||
            !asked.Options.TryGetValue(DhcpMessage.ClientIdentifier, out byte[]? identifier))
        {
            return;
        }
        IPAddress address = _leases.GetOrAdd(Convert.ToHexString(identifier), _ => IPAddress.Parse($"192.0.2.{100 + _leases.Count}"));
        byte[] answer = new DhcpMessage
        {
            Operation = 2,
            Hardware = (Infiniband, 0),
            Xid = asked.Xid,
            Broadcast = asked.Broadcast,
            ClientAddress = asked.ClientAddress,
            YourAddress = address,
            Options = new()
            {
                [DhcpMessage.MessageType] = [asked.Type == DhcpMessage.Discover ? DhcpMessage.Offer : DhcpMessage.Ack],
                [DhcpMessage.ServerIdentifier] = _peer.Ipv4Address.GetAddressBytes(),
            },
        }.ToBytes();
        bool renews = !asked.ClientAddress.Equals(IPAddress.Any);
        Renewals += renews ? 1 : 0;
        IPAddress to = renews ? asked.ClientAddress : IPAddress.Broadcast;
        byte[] linkLayer = renews && _peer.NeighborOf(to.ToString()) is { } known ? Convert.FromHexString(known) : IpoibPeer.Broadcast;
        _peer.Send(linkLayer, 0x0800, _peer.Udp(ServerPort, to, ClientPort, answer));
    }
}
