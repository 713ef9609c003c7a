using FastBond.Core.Hashing;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

/// <summary>Worked examples: one frame of each kind that the policies treat differently, values worked out apart from this code.</summary>
public sealed class TransmitHashExampleTests
{
    private const string TcpPacket = "450000280000000040060000c0a8010ac0a801149c40005000000000000000000000000000000000";

    private const string MacsAToB = "020000000b52" + "020000000a01";

    // 192.168.1.10:40000 to 192.168.1.20:80.
    private const string Tcp = MacsAToB + "0800" + TcpPacket;

    private const string OtherPort =
        MacsAToB + "0800" + "450000280000000040060000c0a8010ac0a801149c40005100000000000000000000000000000000";

    private const string FirstFragment =
        MacsAToB + "0800" + "450000280000200040060000c0a8010ac0a801149c40005000000000000000000000000000000000";

    private const string Tagged = MacsAToB + "81002064" + "0800" + TcpPacket;

    private const string Udp6 = MacsAToB + "86dd" +
        "600000000014114020010db800000000000000000000000120010db80000000000000000000000021388003500000000000000000000000000000000";

    private const string Echo = MacsAToB + "0800" + "450000240000000040010000c0a8010ac0a8011408000000123400010000000000000000";

    private const string UnreachableQuotingTcp = "020000000a01" + "020000000b52" + "0800" +
        "450000380000000040010000c0a80114c0a8010a0301000000000000" + "450000280000000040060000c0a8010ac0a801149c40005000000000";

    private const string ArpRequest = "ffffffffffff" + "020000000a01" + "0806" +
        "0001080006040001020000000a01c0a8010a000000000000c0a80114";

    private const string GreCarryingTcp = MacsAToB + "0800" + "4500004000000000402f00000a0000010a000002" + "00000800" + TcpPacket;

    private const string Esp = MacsAToB + "0800" + "4500001c00000000403200000a0000010a0000020102030400000001";

    private const string Udp6Fragment = MacsAToB + "86dd" +
        "60000000001c2c4020010db800000000000000000000000120010db8000000000000000000000002" +
        "1100000000000001" + "1388003500000000000000000000000000000000";

    private const string Lldp = "0180c200000e" + "020000000a01" + "88cc" +
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";

    // Hashes in the order layer2, layer2+3, layer3+4, encap2+3, encap3+4, vlan+srcmac.
    public static readonly TheoryData<string, HashVlan, uint[]> Examples = new()
    {
        { Tcp, HashVlan.Offload, [0x853, 0x1e1e1645, 0x27270749, 0x1e1e1645, 0x27270749, 0x20a01] },
        { OtherPort, HashVlan.Offload, [0x853, 0x1e1e1645, 0x27a787c9, 0x1e1e1645, 0x27a787c9, 0x20a01] },
        { FirstFragment, HashVlan.Offload, [0x853, 0x1e1e1645, 0x0f0f0f0f, 0x1e1e1645, 0x0f0f0f0f, 0x20a01] },
        { Tagged, HashVlan.Offload, [0x853, 0x1e1e1645, 0x27270749, 0x1e1e1645, 0x27270749, 0x22a65] },
        { Tagged, HashVlan.Inband, [0x8153, 0x8153, 0x8153, 0x1e1e9fcc, 0x27270749, 0x20a01] },
        { Udp6, HashVlan.Offload, [0x868e, 0x0303850b, 0x1b1b5f56, 0x0303850b, 0x1b1b5f56, 0x20a01] },
        { Echo, HashVlan.Offload, [0x853, 0x1e1e1645, 0x061c1c18, 0x1e1e1645, 0x061c1c18, 0x20a01] },
        { UnreachableQuotingTcp, HashVlan.Offload, [0x853, 0x1e1e1645, 0x27270749, 0x1e1e1645, 0x0f0f0f0f, 0x20b52] },
        { ArpRequest, HashVlan.Offload, [0x8f8, 0x8f8, 0x8f8, 0x8f0, 0, 0x20a01] },
        { GreCarryingTcp, HashVlan.Offload, [0x853, 0x03030b58, 0x01818181, 0x1e1e1645, 0x27270749, 0x20a01] },
        { Esp, HashVlan.Offload, [0x853, 0x03030b58, 0x03820303, 0x03030b58, 0x03820303, 0x20a01] },
        { Udp6Fragment, HashVlan.Offload, [0x868e, 0x0303850b, 0x01818181, 0x0303850b, 0x01818181, 0x20a01] },
        { Lldp, HashVlan.Offload, [0x88c3, 0x88c3, 0x88c3, 0x88c3, 0x88c3, 0x20a01] },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void Equals_the_worked_example(string hex, HashVlan vlan, uint[] expected)
    {
        byte[] frame = Convert.FromHexString(hex);
        uint[] hashes =
        [
            TransmitHash.Compute(TransmitHashPolicy.Layer2, vlan, frame),
            TransmitHash.Compute(TransmitHashPolicy.Layer23, vlan, frame),
            TransmitHash.Compute(TransmitHashPolicy.Layer34, vlan, frame),
            TransmitHash.Compute(TransmitHashPolicy.Encap23, vlan, frame),
            TransmitHash.Compute(TransmitHashPolicy.Encap34, vlan, frame),
            TransmitHash.Compute(TransmitHashPolicy.VlanSrcMac, vlan, frame),
        ];
        Assert.Equal(expected, hashes);
    }

    [Fact]
    public void Xor24_compares_the_last_bytes_of_destination_and_own_address()
    {
        byte[] frame = Convert.FromHexString(Tcp);
        Assert.Equal(0x52u ^ 0x0f, TransmitHash.Compute(TransmitHashPolicy.Xor24, HashVlan.Offload, frame, ownAddressLastByte: 0x0f));
        Assert.Equal(0u, TransmitHash.Compute(TransmitHashPolicy.Xor24, HashVlan.Offload, frame.AsSpan(0, 13), ownAddressLastByte: 0x0f));
    }

    [Fact]
    public void Refuses_a_policy_that_does_not_exist() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TransmitHash.Compute((TransmitHashPolicy)7, HashVlan.Offload, []));
}
