using FastBond.Configuration;
using FastBond.Configuration.Netplan;
using FsCheck;
using FsCheck.Fluent;

namespace FastBond.Program.Tests.Configuration;

/// <summary>Written and read is the same; whatever the text, reading ends in an answer.</summary>
public sealed class NetplanPropertyTests
{
    [Fact]
    public void WhatIsWrittenIsReadBackAsTheSameBonds() =>
        Prop.ForAll(
            Arb.From(from first in Generators.Bond("bond0") from second in Generators.Bond("wan-1") select new[] { first, second }),
            bonds =>
            {
                string text = NetplanWriter.Write(bonds);
                ConfigurationReading reading = Read.Yaml(text);
                Assert.DoesNotContain(reading.Problems, problem => problem.Severity == Severity.Error);
                Assert.Equal(2, reading.Bonds.Count);
                for (int i = 0; i < bonds.Length; i++)
                {
                    AssertSame(bonds[i], reading.Bonds[i]);
                }

                Assert.Equal(text, NetplanWriter.Write(reading.Bonds));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));

    [Fact]
    public void NoTextMakesTheReaderThrowOrLeavesHalfOfIt() =>
        Prop.ForAll(
            Arb.From(from bond in Generators.Bond("bond0") from text in Generators.Mutated(NetplanWriter.Write([bond])) select text),
            text =>
            {
                ConfigurationReading reading = Read.Yaml(text);
                Assert.True(!reading.HasErrors || reading.Bonds.Count == 0);
                Assert.All(reading.Problems, problem => Assert.True(problem.Place.Line >= 0 && problem.Text.Length > 0 && !problem.Text.Contains('\n', StringComparison.Ordinal)));
                if (!reading.HasErrors)
                {
                    ConfigurationReading again = Read.Yaml(NetplanWriter.Write(reading.Bonds));
                    Assert.False(again.HasErrors, string.Join('\n', again.Lines()));
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    private static void AssertSame(BondConfiguration expected, BondConfiguration actual)
    {
        Assert.Equal((expected.Name, expected.Mtu, expected.MacAddress, expected.StaysDown), (actual.Name, actual.Mtu, actual.MacAddress, actual.StaysDown));
        Assert.Equal(expected.Options, actual.Options);
        Assert.Equal(expected.Addresses, actual.Addresses);
        Assert.Equal(expected.Routes, actual.Routes);
        Assert.Equal(expected.Slaves.Select(slave => slave.Name), actual.Slaves.Select(slave => slave.Name));
        Assert.Equal(expected.Slaves.SelectMany(slave => slave.Options), actual.Slaves.SelectMany(slave => slave.Options));
    }
}
