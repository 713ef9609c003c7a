using FastBond.Core.Options;
using FastBond.Linux;

namespace FastBond.Configuration.Reload;

/// <summary>What it takes to make running bonds what a configuration says.</summary>
internal static class ConfigurationDiff
{
    /// <summary>The steps, in order; none if everything is as it should be.</summary>
    /// <param name="running">The bonds as they run.</param>
    /// <param name="before">What was configured before: what of it is no longer said is taken away. What nobody configured is left alone.</param>
    /// <param name="after">What is to be.</param>
    /// <param name="goesBack">
    /// Whether <paramref name="after"/> is how the bonds once ran: then they are taken up and down too, which is otherwise the administrator's.
    /// </param>
    public static IReadOnlyList<Step> Between(
        IReadOnlyList<BondState> running, IReadOnlyList<BondConfiguration> before, IReadOnlyList<BondConfiguration> after, bool goesBack = false)
    {
        // An interface may go from one bond to another: all that is given up comes first.
        List<Step> giveUp = [];
        List<Step> build = [];
        foreach (BondState bond in running)
        {
            if (before.Any(old => old.Name == bond.Name) && after.All(wanted => wanted.Name != bond.Name))
            {
                giveUp.Add(new DeleteBond(bond.Name));
            }
        }

        foreach (BondConfiguration wanted in after)
        {
            if (running.FirstOrDefault(bond => bond.Name == wanted.Name) is { } now)
            {
                new BondDiff(now, before.FirstOrDefault(old => old.Name == wanted.Name), wanted, goesBack).Write(giveUp, build);
            }
            else
            {
                WriteNew(wanted, build);
            }
        }

        return [.. giveUp, .. build];
    }

    /// <summary>Addresses and routes as the engine takes them.</summary>
    public static BondAddress ToState(AddressSetting address) => new(address.Address.ToString(), address.PrefixLength);

    /// <summary>Addresses and routes as the engine takes them.</summary>
    public static BondRoute ToState(RouteSetting route) => new(
        route.Destination.ToString(), route.PrefixLength, route.Gateway?.ToString(), route.Source?.ToString(), route.Metric, route.Table, route.OnLink);

    /// <summary>Options as the engine takes them.</summary>
    public static IReadOnlyList<OptionSetting> ToState(IEnumerable<Setting> options) => [.. options.Select(option => new OptionSetting(option.Name, option.Value))];

    private static void WriteNew(BondConfiguration wanted, List<Step> build)
    {
        build.Add(new AddBond(wanted.Name, ToState(wanted.Options)));
        if (wanted.MacAddress is { } mac)
        {
            build.Add(new ChangeHost(wanted.Name, new HostChange { Address = mac.ToString() }, $"MAC {mac}"));
        }

        if (wanted.Mtu is { } mtu)
        {
            build.Add(new ChangeHost(wanted.Name, new HostChange { Mtu = mtu }, $"MTU {mtu}"));
        }

        build.AddRange(wanted.Slaves.Select(slave => new Enslave(wanted.Name, slave.Name, ToState(slave.Options), [])));
        if (!wanted.StaysDown && IsOnHost(wanted))
        {
            build.Add(new ChangeHost(wanted.Name, new HostChange { Up = true }, "up"));
        }

        build.AddRange(wanted.Addresses.Select(address => AddressStep(wanted.Name, ToState(address), add: true)));
        build.AddRange(wanted.Routes.Select(route => RouteStep(wanted.Name, ToState(route), add: true)));
    }

    private static bool IsOnHost(BondConfiguration wanted) => wanted.Options.All(option => option is not { Name: "host_port", Value: "none" });

    private static ChangeHost AddressStep(string bond, BondAddress address, bool add) => new(
        bond,
        add ? new HostChange { AddAddresses = [address] } : new HostChange { RemoveAddresses = [address] },
        $"{(add ? "add" : "remove")} address {address.Address}/{address.PrefixLength}");

    private static ChangeHost RouteStep(string bond, BondRoute route, bool add)
    {
        string to = route.PrefixLength == 0 ? "default" : $"{route.Destination}/{route.PrefixLength}";
        return new ChangeHost(
            bond,
            add ? new HostChange { AddRoutes = [route] } : new HostChange { RemoveRoutes = [route] },
            $"{(add ? "add" : "remove")} route {to}{(route.Gateway is null ? "" : $" via {route.Gateway}")}");
    }

    /// <summary>One bond that runs and is to go on.</summary>
    private sealed class BondDiff(BondState now, BondConfiguration? before, BondConfiguration wanted, bool goesBack)
    {
        private readonly TrialResult _goal = OptionTrial.ResultOf(wanted);
        private readonly Dictionary<string, string> _options = now.Options.ToDictionary(option => option.Name, option => option.Value, StringComparer.Ordinal);

        public void Write(List<Step> giveUp, List<Step> build)
        {
            IReadOnlyList<(string Name, string Value)> differing = [.. _goal.Options.Where(Differs)];
            WriteGuards guards = differing.Aggregate(WriteGuards.AnyTime, (sum, option) => sum | GuardsOf(option.Name));
            bool emptied = guards.HasFlag(WriteGuards.NoSlaves) && now.Slaves.Count > 0;
            bool takenDown = guards.HasFlag(WriteGuards.BondDown) && now.IsUp;
            StepCost cost = takenDown ? StepCost.NeedsBondDown : emptied ? StepCost.NeedsNoSlaves : StepCost.Live;

            HashSet<string> kept = [.. now.Slaves.Where(slave => !emptied && Stays(slave)).Select(slave => slave.Name)];
            string[] released = [.. now.Slaves.Select(slave => slave.Name).Where(name => !kept.Contains(name))];
            if (released.Length > 0)
            {
                giveUp.Add(new Release(now.Name, released) { Cost = emptied ? cost : StepCost.Live });
            }

            if (takenDown)
            {
                build.Add(new ChangeHost(now.Name, new HostChange { Up = false }, "down") { Cost = cost });
            }

            WriteOptions(differing, cost, build);
            WriteLink(keepsMac: kept.Count == 0 && now.Slaves.Any(slave => _goal.Slaves.ContainsKey(slave.Name)), build);
            build.AddRange(now.Slaves.Where(slave => slave.IsPresent && kept.Contains(slave.Name) && GivesQueueAway(slave))
                .Select(slave => new SetSlaveOptions(now.Name, slave.Name, [new OptionSetting("queue_id", "0")])));
            foreach (SlaveConfiguration slave in wanted.Slaves)
            {
                WriteSlave(slave, kept.Contains(slave.Name), emptied ? cost : StepCost.Live, build);
            }

            bool isUp = goesBack ? !wanted.StaysDown : now.IsUp;
            if (isUp != (now.IsUp && !takenDown))
            {
                build.Add(new ChangeHost(now.Name, new HostChange { Up = isUp }, isUp ? "up" : "down") { Cost = cost });
            }

            WriteAddresses(takenDown, build);
        }

        /// <summary>An option that a bond changes by itself is no difference: <c>fail_over_mac</c> where a slave can't change its MAC.</summary>
        private bool Differs((string Name, string Value) option)
        {
            bool forced = option is ("fail_over_mac", "none") && _options.GetValueOrDefault("fail_over_mac") == "active" && now.Slaves.Count > 0
                && before is not null && OptionTrial.ResultOf(before).Options.Contains(option);
            return !forced && _options.GetValueOrDefault(option.Name) != option.Value;
        }

        /// <summary>Whether a slave of now stays one: it is wanted, with the same options of those that can't be written any more.</summary>
        private bool Stays(SlaveState slave)
        {
            if (!_goal.Slaves.TryGetValue(slave.Name, out IReadOnlyList<(string Name, string Value)>? goal))
            {
                return false;
            }

            SlaveConfiguration said = wanted.Slaves.First(one => one.Name == slave.Name);
            return slave.IsPresent
                ? goal.All(option => !Core.Bonds.Bond.PrecedesEnslaving(option.Name) || slave.Options.Contains(new OptionSetting(option.Name, option.Value)))
                : slave.Options.SequenceEqual(ToState(said.Options));
        }

        private void WriteOptions(IReadOnlyList<(string Name, string Value)> differing, StepCost cost, List<Step> build)
        {
            if (differing.Count == 0)
            {
                return;
            }

            IEnumerable<(string Name, string Value)> written = _goal.Options.Where(option => differing.Contains(option) || FollowsFrom(option.Name, differing));
            build.Add(new SetOptions(
                now.Name,
                [.. written.Select(option => new OptionSetting(option.Name, option.Value))],
                [.. differing.Select(option => $"{option.Name} {Shown(_options.GetValueOrDefault(option.Name))} -> {Shown(option.Value)}")])
            {
                Cost = cost,
            });
        }

        /// <summary>
        /// Whether an option would change as a consequence of what is written, and so is written too: a mode resets others, the delays are
        /// kept as counts of <c>miimon</c>, and each monitor switches the other off.
        /// </summary>
        private static bool FollowsFrom(string name, IReadOnlyList<(string Name, string Value)> differing) =>
            differing.Any(option => option.Name == "mode")
            || (differing.Any(option => option.Name is "miimon" or "arp_interval")
                && name is "miimon" or "arp_interval" or "arp_validate" or "updelay" or "downdelay" or "peer_notif_delay");

        /// <summary>A bond without slaves has a random MAC; one that gets the same slaves back shall not change its MAC by it.</summary>
        private void WriteLink(bool keepsMac, List<Step> build)
        {
            // With fail_over_mac the bond's MAC is the active slave's, whatever is asked for.
            bool ownsMac = _goal.Options.Contains(("fail_over_mac", "none")) || !_goal.Options.Contains(("mode", "active-backup"));
            string mac = wanted.MacAddress?.ToString() ?? now.Address;
            if (ownsMac && (mac != now.Address || keepsMac))
            {
                build.Add(new ChangeHost(now.Name, new HostChange { Address = mac }, mac == now.Address ? $"MAC {mac} as it was" : $"MAC {now.Address} -> {mac}"));
            }

            if (wanted.Mtu is { } mtu && mtu != now.Mtu)
            {
                build.Add(new ChangeHost(now.Name, new HostChange { Mtu = mtu }, $"MTU {now.Mtu} -> {mtu}"));
            }
        }

        /// <summary>Whether another slave is to have this one's queue: no two may, not even for a moment.</summary>
        private bool GivesQueueAway(SlaveState slave)
        {
            string? queue = slave.Options.FirstOrDefault(option => option.Name == "queue_id").Value;
            return queue != "0" && _goal.Slaves.Any(goal => goal.Key != slave.Name && goal.Value.Contains(("queue_id", queue!)));
        }

        private void WriteSlave(SlaveConfiguration slave, bool kept, StepCost cost, List<Step> build)
        {
            SlaveState? state = now.Slaves.FirstOrDefault(one => one.Name == slave.Name);
            if (!kept)
            {
                OptionSetting[] unsaid =
                [
                    .. _goal.Slaves[slave.Name].Where(option => Core.Bonds.Bond.PrecedesEnslaving(option.Name) && slave.Options.All(said => said.Name != option.Name))
                        .Select(option => new OptionSetting(option.Name, option.Value)),
                ];
                build.Add(new Enslave(now.Name, slave.Name, ToState(slave.Options), unsaid) { Cost = cost });
            }
            else if (state is { IsPresent: true })
            {
                OptionSetting[] changed =
                [
                    .. _goal.Slaves[slave.Name].Select(option => new OptionSetting(option.Name, option.Value))
                        .Where(option => !Core.Bonds.Bond.PrecedesEnslaving(option.Name) && !state.Options.Contains(option)),
                ];
                if (changed.Length > 0)
                {
                    build.Add(new SetSlaveOptions(now.Name, slave.Name, changed));
                }
            }
        }

        /// <summary>
        /// Addresses and routes are others' as well: only what was configured before is taken away. An interface that goes down loses its
        /// routes and IPv6 addresses, whoever made them, and one that loses its last IPv4 address all of that family's routes: then those that
        /// were there are made again.
        /// </summary>
        private void WriteAddresses(bool takenDown, List<Step> build)
        {
            BondAddress[] addresses = [.. wanted.Addresses.Select(ToState)];
            BondRoute[] routes = [.. wanted.Routes.Select(ToState)];
            BondRoute[] oldRoutes = [.. (before?.Routes ?? []).Select(ToState).Where(route => !routes.Any(kept => Same(kept, route)))];
            BondAddress[] oldAddresses = [.. (before?.Addresses ?? []).Select(ToState).Where(address => !addresses.Contains(address))];

            build.AddRange(oldRoutes.Where(IsThere).Select(route => RouteStep(now.Name, route, add: false)));
            BondAddress[] lost = [.. oldAddresses.Where(now.Addresses.Contains)];
            build.AddRange(lost.Select(address => AddressStep(now.Name, address, add: false)));
            build.AddRange(addresses.Where(address => !now.Addresses.Contains(address)).Select(address => AddressStep(now.Name, address, add: true)));
            build.AddRange(routes.Where(route => !IsThere(route)).Select(route => RouteStep(now.Name, route, add: true)));
            if (takenDown || lost.Any(address => !IsIPv6(address.Address)))
            {
                HostChange again = new()
                {
                    AddAddresses = takenDown ? [.. now.Addresses.Where(address => !oldAddresses.Contains(address))] : [],
                    AddRoutes = [.. now.Routes.Where(route => !oldRoutes.Any(old => Same(old, route)))],
                };
                if (again.AddAddresses.Count + again.AddRoutes.Count > 0)
                {
                    build.Add(new ChangeHost(now.Name, again, $"{(takenDown ? "addresses and " : "")}routes again that it had"));
                }
            }
        }

        private bool IsThere(BondRoute route) => now.Routes.Any(there => Same(route, there));

        /// <summary>Where no metric is said the kernel has chosen one: 0 for IPv4, 1024 for IPv6.</summary>
        private static bool Same(BondRoute said, BondRoute there) =>
            said == there || (said.Metric == 0 && there.Metric == DefaultMetric(there) && said == there with { Metric = 0 });

        private static uint DefaultMetric(BondRoute route) => IsIPv6(route.Destination) ? 1024u : 0;

        private static bool IsIPv6(string address) => address.Contains(':');

        private static WriteGuards GuardsOf(string option) => OptionTable.TryFind(option, out Option found, out _) ? found.Guards : WriteGuards.AnyTime;

        private static string Shown(string? value) => string.IsNullOrEmpty(value) ? "none" : value;
    }
}
