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
