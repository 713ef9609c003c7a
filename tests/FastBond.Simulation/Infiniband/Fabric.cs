using FastBond.Core.Frames;

namespace FastBond.Simulation.Infiniband;

/// <summary>A fabric in virtual time: what is sent in one step arrives in the next, unless it is lost.</summary>
internal sealed class Fabric(Random random)
{
    private readonly List<(FabricHost Host, string Slave, byte[] Frame)> _underWay = [];

    public List<FabricHost> Hosts { get; } = [];

    public long NowNs { get; set; }

    /// <summary>Of so many frames one is lost; 0 for none.</summary>
    public int LosesOneOf { get; set; }

    /// <summary>Ports that the fabric carries nothing to or from, though their carrier is up.</summary>
    public HashSet<HardwareAddress> Silent { get; } = [];

    public int Carried { get; private set; }

    /// <summary>A slave sends a frame, destination first: to the port of that address, or to every other.</summary>
    public void Send(FabricHost from, string slave, ReadOnlySpan<byte> frame)
    {
        SimulatedDevice sender = from.Devices[slave];
        Check(sender, frame);
        if (!sender.Carrier || Silent.Contains(sender.Address) || (LosesOneOf > 0 && random.Next(LosesOneOf) == 0))
        {
            return;
        }

        Carried++;
        HardwareAddress to = new(frame[..20]);
        bool isGroup = frame[4] == 0xff;
        byte[] received = [.. new byte[20], .. frame[20..]];
        foreach (FabricHost host in Hosts)
        {
            foreach (SimulatedDevice device in host.Devices.Values.Where(device => device != sender && (isGroup || device.Address == to) && !Silent.Contains(device.Address)))
            {
                _underWay.Add((host, device.Name, received));
            }
        }
    }

    /// <summary>Delivers what was sent before.</summary>
    public void Deliver()
    {
        (FabricHost Host, string Slave, byte[] Frame)[] arriving = [.. _underWay];
        _underWay.Clear();
        foreach ((FabricHost host, string slave, byte[] frame) in arriving)
        {
            host.Receive(slave, frame);
        }
    }

    /// <summary>What a driver takes: an address to send to, an ethertype IPoIB has; and ARP that tells the truth about its sender.</summary>
    private static void Check(SimulatedDevice sender, ReadOnlySpan<byte> frame)
    {
        int type = (frame[20] << 8) | frame[21];
        Assert.True(type is 0x0800 or 0x0806 && (frame[22] | frame[23]) == 0, "not an IPoIB frame");
        Assert.True(frame[..20].ContainsAnyExcept((byte)0), "a frame to nobody");
        if (type == 0x0806)
        {
            Assert.Equal(24 + 56, frame.Length);
            Assert.Equal(32, frame[25]);
            Assert.Equal(sender.Address, new HardwareAddress(frame[32..52]));
        }
    }
}
