using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Tools;

/// <summary>
/// A DHCPv4 client on an Ethernet interface (RFC 2131): without an address it speaks in frames, with one through the host's own stack.
/// </summary>
public sealed class DhcpClient : IDisposable
{
    private const int ClientPort = 68, ServerPort = 67, EthernetHeader = 14, UdpHeaders = 28;
    private const byte Ethernet = 1;

    private readonly NetworkNamespace _place;
    private readonly byte[] _mac;
    private readonly byte[]? _identifier;
    private readonly FrameObserver _observer;
    private readonly PacketSocket _socket;
    private uint _xid;

    /// <summary>A client on that interface.</summary>
    /// <param name="place">Where.</param>
    /// <param name="device">On which interface.</param>
    /// <param name="xid">Its first transaction id.</param>
    /// <param name="identifier">Its client identifier; null if it sends none.</param>
    public DhcpClient(NetworkNamespace place, string device, uint xid, byte[]? identifier = null)
    {
        _place = place;
        _mac = TestFrame.Mac(place.Link(device).Address);
        _identifier = identifier;
        _xid = xid;
        _observer = new FrameObserver(place, device);
        _socket = new PacketSocket(place, device, receive: false);
    }

    /// <summary>Discovers a server and gets an address from it: the acknowledgement.</summary>
    /// <exception cref="TimeoutException">A message of the server did not come, or not for this client.</exception>
    public DhcpMessage Obtain(TimeSpan limit)
    {
        _xid++;
        Send(Ask(DhcpMessage.Discover, IPAddress.Any));
        DhcpMessage offer = Await(DhcpMessage.Offer, limit);
        DhcpMessage request = Ask(DhcpMessage.Request, IPAddress.Any);
        request.Options[DhcpMessage.RequestedAddress] = offer.YourAddress.GetAddressBytes();
        request.Options[DhcpMessage.ServerIdentifier] = offer.Options[DhcpMessage.ServerIdentifier];
        Send(request);
        return Await(DhcpMessage.Ack, limit);
    }

    /// <summary>Renews its lease by asking the server alone, from the address that the interface must have by now.</summary>
    public DhcpMessage Renew(IPAddress own, IPAddress server, TimeSpan limit)
    {
        _xid++;
        using Socket socket = _place.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.Bind(new IPEndPoint(own, ClientPort));
        socket.ReceiveTimeout = (int)limit.TotalMilliseconds;
        socket.SendTo(Ask(DhcpMessage.Request, own).ToBytes(), new IPEndPoint(server, ServerPort));
        byte[] answer = new byte[1500];
        int length = socket.Receive(answer);
        return DhcpMessage.Parse(answer.AsSpan(0, length)) is { } message && IsForUs(message, DhcpMessage.Ack)
            ? message
            : throw new LabException($"no acknowledgement: {Convert.ToHexString(answer, 0, length)}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _observer.Dispose();
    }

    private DhcpMessage Ask(byte type, IPAddress own) => new()
    {
        Operation = 1,
        Hardware = (Ethernet, (byte)_mac.Length),
        Xid = _xid,
        ClientAddress = own,
        HardwareAddress = _mac,
        Options = _identifier is null
            ? new() { [DhcpMessage.MessageType] = [type] }
            : new() { [DhcpMessage.MessageType] = [type], [DhcpMessage.ClientIdentifier] = _identifier },
    };

    /// <summary>From 0.0.0.0 to everybody; UDP without a checksum, which it need not have.</summary>
    private void Send(DhcpMessage message)
    {
        byte[] payload = message.ToBytes();
        int udp = 8 + payload.Length, ip = 20 + udp;
        byte[] header = [0x45, 0, (byte)(ip >> 8), (byte)ip, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255];
        int sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += (header[i] << 8) | header[i + 1];
        }
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)~((sum & 0xffff) + (sum >> 16)));
        byte[] everybody = [255, 255, 255, 255, 255, 255];
        if (!_socket.Send([.. everybody, .. _mac, 8, 0, .. header, 0, ClientPort, 0, ServerPort, (byte)(udp >> 8), (byte)udp, 0, 0, .. payload]))
        {
            throw new LabException("the interface did not take a DHCP message");
        }
    }

    private DhcpMessage Await(byte type, TimeSpan limit) =>
        Wait.Until(() => _observer.Frames.Select(Read).FirstOrDefault(message => message is not null && IsForUs(message, type)), limit, $"DHCP message of type {type}");

    private DhcpMessage? Read(ObservedFrame frame)
    {
        ReadOnlySpan<byte> bytes = frame.Bytes;
        bool isDhcp = bytes.Length > EthernetHeader + UdpHeaders && frame.EtherType == 0x0800 && bytes[23] == 17 && bytes[37] == ClientPort;
        bool isToUs = bytes[0] == 255 || frame.Destination.SequenceEqual(_mac);
        return isDhcp && isToUs ? DhcpMessage.Parse(bytes[(EthernetHeader + UdpHeaders)..]) : null;
    }

    private bool IsForUs(DhcpMessage message, byte type) =>
        message.Operation == 2 && message.Type == type && message.Xid == _xid && message.Hardware == (Ethernet, (byte)_mac.Length) &&
        message.HardwareAddress.AsSpan(0, _mac.Length).SequenceEqual(_mac);
}
