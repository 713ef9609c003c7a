using FastBond.Core.Ipoib;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>Whatever comes, the face answers or counts; it never throws, and never loses count.</summary>
public class FacePropertyTests
{
    private static readonly FaceOutcome[] Outcomes = Enum.GetValues<FaceOutcome>();

    /// <summary>Sound messages to be spoilt: bytes changed, cut off, put on.</summary>
    private static readonly byte[][] Sound =
    [
        Wire.Ethernet("ffffffffffff", FaceRig.FaceMac, 0x0806, Wire.Arp(1, 1, FaceRig.FaceMac, "192.0.2.1", "000000000000", "192.0.2.2")),
        Wire.Received(0x0806, Wire.Arp(32, 2, FaceRig.P, "192.0.2.2", FaceRig.Own, "192.0.2.1")),
        Wire.Ethernet("3333ff000002", FaceRig.FaceMac, 0x86dd,
            Wire.Icmpv6(135, "fd00::1", "ff02::1:ff00:2", "00000000" + Wire.Ip6("fd00::2") + "0101" + FaceRig.FaceMac)),
        Wire.Received(0x86dd, Wire.Icmpv6(136, "fd00::2", "fd00::1", "60000000" + Wire.Ip6("fd00::2") + "02030000" + FaceRig.P)),
        Wire.Ethernet("ffffffffffff", FaceRig.FaceMac, 0x0800, Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67,
            Wire.Hex("010106001234abcd" + new string('0', 2 * 228) + "63825363350101ff"), checksum: false)),
        Wire.Received(0x0800, Wire.Udp("192.0.2.2", "255.255.255.255", 67, 68,
            Wire.Hex("022000001234abcd" + new string('0', 2 * 228) + "638253633d0701525400000001ff"), checksum: false)),
        Wire.Ethernet("01005e000016", FaceRig.FaceMac, 0x0800, Wire.Ipv4(2, "192.0.2.1", "224.0.0.22", Wire.Hex("220000000000000104000000ef010101"))),
        Wire.Ethernet("333300000016", FaceRig.FaceMac, 0x86dd,
            Wire.Ipv6(0, "fe80::1", "ff02::16", Wire.Hex("3a000502000001008f0000000000000104000000" + Wire.Ip6("ff05::1")))),
        Wire.Ethernet(FaceRig.MacOfP, FaceRig.FaceMac, 0x0800, Wire.Ipv4(6, "192.0.2.1", "192.0.2.2", new byte[20])),
    ];

    private static readonly Gen<byte[]> Bytes =
        Gen.Choose(0, 400).SelectMany(length => Gen.Choose(0, 255).Select(static value => (byte)value).ArrayOf(length));

    private static readonly Gen<byte[]> Spoilt =
        from frame in Gen.Elements(Sound)
        from changes in Gen.Choose(0, 3).SelectMany(count => (from at in Gen.Choose(0, 399) from value in Gen.Choose(0, 255) select (at, (byte)value)).ArrayOf(count))
        from length in Gen.Frequency((3, Gen.Constant(int.MaxValue)), (1, Gen.Choose(0, 399)))
        from more in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 40)))
        select Spoil(frame, changes, length, more);

    [Fact]
    public void Nothing_throws_and_everything_is_counted()
    {
        FaceRig rig = new();
        rig.Meet();
        Prop.ForAll(Gen.OneOf(Bytes, Spoilt).ToArbitrary(), frame =>
        {
            ulong before = Sum(rig);
            rig.Face.FromHost(rig.NowNs, frame);
            rig.Face.FromFabric(rig.NowNs, frame);
            rig.RunFor(0.01);
            Assert.True(Sum(rig) >= before + 2, "a frame was not counted");
            rig.CoreToFabric(frame);
            rig.CoreToHost(frame);
            rig.Fabric.Clear();
            rig.Host.Clear();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void What_leaves_has_right_checksums_and_lengths()
    {
        FaceRig rig = new();
        rig.Meet();
        int checkedFrames = 0;
        Prop.ForAll(Spoilt.ToArbitrary(), frame =>
        {
            rig.Fabric.Clear();
            rig.Host.Clear();
            rig.Face.FromHost(rig.NowNs, frame);
            rig.Face.FromFabric(rig.NowNs, frame);
            foreach (byte[] packet in rig.Fabric.Select(static sent => sent.AsSpan(20, 4).SequenceEqual((byte[])[0x86, 0xdd, 0, 0]) ? sent[24..] : [])
                         .Concat(rig.Host.Select(static got => got.AsSpan(12, 2).SequenceEqual((byte[])[0x86, 0xdd]) ? got[14..] : [])))
            {
                if (packet.Length > 40 && packet[6] == 58 && packet[40] is >= 133 and <= 137)
                {
                    int length = (packet[4] << 8) | packet[5];
                    byte[] pseudo = [.. packet[8..40], 0, 0, packet[4], packet[5], 0, 0, 0, 58, .. packet[40..(40 + length)]];
                    Assert.Equal(0, Wire.Checksum(pseudo));
                    checkedFrames++;
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
        Assert.True(checkedFrames > 100, $"only {checkedFrames} messages got through");
    }

    private static ulong Sum(FaceRig rig) => Outcomes.Aggregate(0UL, (sum, outcome) => sum + rig.Face.Counters[outcome]);

    private static byte[] Spoil(byte[] frame, (int At, byte Value)[] changes, int length, int more)
    {
        byte[] spoilt = [.. frame, .. new byte[more]];
        foreach ((int at, byte value) in changes)
        {
            spoilt[at % spoilt.Length] = value;
        }

        return spoilt[..Math.Min(length, spoilt.Length)];
    }
}
