using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

public sealed class ReciprocalTests
{
    // The remainder is exact where the quotient steps: an error of the reciprocal grows with the value, so it would show at the multiples
    // of the divisor, and first at the greatest.
    [Fact]
    public void Exact_at_every_step_of_the_quotient()
    {
        for (uint divisor = 1; divisor <= ForwardingTable.MaxSlaves; divisor++)
        {
            Reciprocal reciprocal = new((int)divisor);
            Assert.Equal(divisor, reciprocal.Divisor);
            uint steps = uint.MaxValue / divisor;
            uint stride = Math.Max(1, steps / 100_003);
            for (long step = steps; step > 0; step -= stride)
            {
                uint multiple = (uint)step * divisor;
                if (reciprocal.Remainder(multiple) != 0 || reciprocal.Remainder(multiple - 1) != (multiple - 1) % divisor)
                {
                    Assert.Fail($"{multiple} or one less mod {divisor}");
                }
            }

            Assert.Equal(uint.MaxValue % divisor, reciprocal.Remainder(uint.MaxValue));
        }
    }

    [Fact]
    public void Equals_the_division() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<uint>(),
            ArbMap.Default.ArbFor<int>().Filter(divisor => divisor > 0),
            (value, divisor) => new Reciprocal(divisor).Remainder(value) == value % (uint)divisor).QuickCheckThrowOnFailure();

    /// <summary>Both halves of the value at their extremes and anything between, in bursts that fill the vectors and ones that don't.</summary>
    [Fact]
    public unsafe void The_remainders_of_a_burst_are_those_of_its_values()
    {
        Random random = new(3);
        uint[] values = new uint[4096];
        byte[] remainders = new byte[values.Length];
        for (uint divisor = 1; divisor <= Reciprocal.MaxBurstDivisor; divisor++)
        {
            for (int i = 0; i < values.Length; i++)
            {
                uint low = (i & 1) == 0 ? (uint)random.Next(0x1_0000) : 0xffff - (uint)random.Next(256);
                uint high = (i & 2) == 0 ? (uint)random.Next(0x1_0000) : 0xffff - (uint)random.Next(256);
                uint value = (high << 16) | low;
                values[i] = (i & 4) == 0 ? value : value - (value % divisor) - (uint)(i >> 3 & 1);
            }

            int count = values.Length - (int)(divisor % 16);
            fixed (uint* from = values)
            fixed (byte* to = remainders)
            {
                new Reciprocal((int)divisor).Remainders(from, count, to);
            }

            for (int i = 0; i < count; i++)
            {
                if (remainders[i] != values[i] % divisor)
                {
                    Assert.Fail($"{values[i]} mod {divisor}: {remainders[i]}");
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Refuses_divisors_below_one(int divisor) => Assert.Throws<ArgumentOutOfRangeException>(() => new Reciprocal(divisor));

    [Fact]
    public void The_default_value_divides_by_nothing_and_gives_0()
    {
        Assert.Equal(0u, default(Reciprocal).Divisor);
        Assert.Equal(0u, default(Reciprocal).Remainder(uint.MaxValue));
    }
}
