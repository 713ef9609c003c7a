using System.Buffers.Binary;
using FastBond.Core.Hashing;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

/// <summary>What operators rely on: which policies send both directions of a flow over the same link.</summary>
public sealed class TransmitHashPropertyTests
{
    private static readonly TransmitHashPolicy[] Symmetric =
        [TransmitHashPolicy.Layer2, TransmitHashPolicy.Layer23, TransmitHashPolicy.Encap23];

    private static readonly TransmitHashPolicy[] SymmetricInPowersOfTwo = [TransmitHashPolicy.Layer34, TransmitHashPolicy.Encap34];

    // Two MACs, two addresses, two ports.
    private static readonly Arbitrary<byte[]> Endpoints =
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(24).ToArbitrary();

    [Fact]
    public void Both_directions_hash_alike_without_ports() =>
        Prop.ForAll(Endpoints, ArbMap.Default.ArbFor<bool>(), (endpoints, udp) =>
            Symmetric.All(policy =>
                Hash(policy, Frame(endpoints, udp, reverse: false)) == Hash(policy, Frame(endpoints, udp, reverse: true))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Both_directions_choose_alike_with_ports_if_the_slaves_are_a_power_of_two() =>
        Prop.ForAll(Endpoints, ArbMap.Default.ArbFor<bool>(), (endpoints, udp) =>
            SymmetricInPowersOfTwo.All(policy =>
                ((Hash(policy, Frame(endpoints, udp, reverse: false)) ^ Hash(policy, Frame(endpoints, udp, reverse: true))) & 127) == 0))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_tag_as_metadata_changes_nothing_but_the_vlan_policy() =>
        Prop.ForAll(Endpoints, ArbMap.Default.ArbFor<ushort>(), (endpoints, tci) =>
        {
            byte[] untagged = Frame(endpoints, udp: true, reverse: false);
            byte[] tagged = [.. untagged[..12], 0x81, 0, (byte)(tci >> 8), (byte)tci, .. untagged[12..]];
            return Enum.GetValues<TransmitHashPolicy>().All(policy =>
                Hash(policy, tagged) == (Hash(policy, untagged) ^ (policy == TransmitHashPolicy.VlanSrcMac ? tci : 0u)));
        }).QuickCheckThrowOnFailure();

    private static uint Hash(TransmitHashPolicy policy, byte[] frame) => TransmitHash.Compute(policy, HashVlan.Offload, frame);

    private static byte[] Frame(ReadOnlySpan<byte> endpoints, bool udp, bool reverse)
    {
        byte[] frame = new byte[60];
        int first = reverse ? 6 : 0, second = 6 - first;
        endpoints.Slice(first, 6).CopyTo(frame);
        endpoints.Slice(second, 6).CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        frame[14] = 0x45;
        frame[23] = udp ? (byte)17 : (byte)6;
        (int source, int target) = reverse ? (4, 0) : (0, 4);
        endpoints.Slice(12 + source, 4).CopyTo(frame.AsSpan(26));
        endpoints.Slice(12 + target, 4).CopyTo(frame.AsSpan(30));
        endpoints.Slice(20 + (source / 2), 2).CopyTo(frame.AsSpan(34));
        endpoints.Slice(20 + (target / 2), 2).CopyTo(frame.AsSpan(36));
        return frame;
    }
}
