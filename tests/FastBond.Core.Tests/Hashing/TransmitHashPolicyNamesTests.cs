using FastBond.Core.Hashing;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

public sealed class TransmitHashPolicyNamesTests
{
    [Theory]
    [InlineData("layer2", TransmitHashPolicy.Layer2)]
    [InlineData("layer2+3", TransmitHashPolicy.Layer23)]
    [InlineData("layer3+4", TransmitHashPolicy.Layer34)]
    [InlineData("encap2+3", TransmitHashPolicy.Encap23)]
    [InlineData("encap3+4", TransmitHashPolicy.Encap34)]
    [InlineData("vlan+srcmac", TransmitHashPolicy.VlanSrcMac)]
    [InlineData("xor24", TransmitHashPolicy.Xor24)]
    [InlineData("l23", TransmitHashPolicy.Layer23)]
    [InlineData("1", TransmitHashPolicy.Layer34)]
    [InlineData("5", TransmitHashPolicy.VlanSrcMac)]
    public void Parses_names_other_spellings_and_the_kernels_numbers(string text, TransmitHashPolicy expected)
    {
        Assert.True(TransmitHashPolicyNames.TryParse(text, out TransmitHashPolicy policy));
        Assert.Equal(expected, policy);
    }

    [Theory]
    [InlineData("")]
    [InlineData("layer4")]
    [InlineData("Layer2")]
    [InlineData("6")]
    [InlineData("-1")]
    [InlineData("00")]
    public void Refuses_anything_else(string text) => Assert.False(TransmitHashPolicyNames.TryParse(text, out _));
}
