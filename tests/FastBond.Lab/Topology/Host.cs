using FastBond.Lab.Frames;
using FastBond.Lab.Net;
using FastBond.Lab.Product;

namespace FastBond.Lab.Topology;

/// <summary>A host of the lab whose interface towards the others is a FastBond bond.</summary>
/// <param name="Place">Its namespace.</param>
/// <param name="Daemon">Its daemon.</param>
/// <param name="Address">IPv4 address on the bond.</param>
/// <param name="Bond">Name of the bond.</param>
public sealed record Host(NetworkNamespace Place, FastBondProcess Daemon, string Address, string Bond = "bond0")
{
    /// <summary>MAC of the bond.</summary>
    public byte[] Mac => TestFrame.Mac(Place.Link(Bond).Address);

    /// <summary>The bond's state.</summary>
    public BondStatus Status => Daemon.Status(Bond);

    /// <summary>Gives the host interface its address and brings it up, as an administrator does.</summary>
    public Host BringUp()
    {
        Place.Ip($"address add {Address}/24 dev {Bond}");
        Place.Ip($"link set {Bond} up");
        return this;
    }

    /// <summary>Streams numbered frames into the bond.</summary>
    public FrameStream Stream(
        ReadOnlySpan<byte> destination, int framesPerSecond, uint count = uint.MaxValue, uint flow = 1, FrameObserver? receiver = null)
    {
        byte[] to = destination.ToArray(), from = Mac;
        return new FrameStream(Place, Bond, n => new TestFrame(flow, n).Build(to, from), framesPerSecond, count, receiver);
    }
}
