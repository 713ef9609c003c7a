using System.Net;
using FastBond.Core.Frames;
using FastBond.Linux;

namespace FastBond.Configuration.Reload;

/// <summary>Running bonds as a configuration that would bring them about: what a reload is rolled back to.</summary>
internal static class Snapshot
{
    private static readonly Place Here = new("the running bonds", 0);

    /// <summary>The configuration of bonds as they run.</summary>
    public static IReadOnlyList<BondConfiguration> Of(IReadOnlyList<BondState> running) => [.. running.Select(Of)];

    private static BondConfiguration Of(BondState bond) => new(bond.Name, Here)
    {
        Options = Settings(bond.Options),
        Slaves = [.. bond.Slaves.Select(slave => new SlaveConfiguration(slave.Name, Settings(slave.Options), Here))],
        Addresses = [.. bond.Addresses.Select(address => new AddressSetting(IPAddress.Parse(address.Address), address.PrefixLength, Here))],
        Routes = [.. bond.Routes.Select(Of)],
        Mtu = bond.Mtu,
        MacAddress = HardwareAddress.Parse(bond.Address),
        StaysDown = !bond.IsUp,
    };

    private static RouteSetting Of(BondRoute route) =>
        new(IPAddress.Parse(route.Destination), route.PrefixLength, route.Gateway is null ? null : IPAddress.Parse(route.Gateway), Here)
        {
            Metric = route.Metric,
            Table = route.Table,
            OnLink = route.OnLink,
            Source = route.Source is null ? null : IPAddress.Parse(route.Source),
        };

    private static IReadOnlyList<Setting> Settings(IReadOnlyList<OptionSetting> options) =>
        [.. options.Select(option => new Setting(option.Name, option.Value, Here))];
}
