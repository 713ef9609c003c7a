using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Core.Options;

/// <summary>
/// The lists of hosts to probe. The kernel takes one change at a time by sysfs (<c>+address</c>, <c>-address</c>) and a whole new list
/// by netlink; so here a sign means a change and a list without signs takes the place of the old one.
/// </summary>
internal static class TargetLists
{
    /// <summary>Most targets of either kind.</summary>
    private const int MaxTargets = 16;

    /// <summary><c>arp_ip_target</c>.</summary>
    public static Outcome SetArpIpTarget(OptionDraft draft, string text)
    {
        string line = OptionText.FirstLine(text).Trim();
        if (line.StartsWith('+') || line.StartsWith('-'))
        {
            return ChangeArpIpTarget(draft, line);
        }

        List<IPAddress> targets = [];
        foreach (string item in OptionText.List(line))
        {
            if (!OptionText.TryParseIPv4(item, out IPAddress address))
            {
                return Unreadable(item);
            }

            Outcome added = AddArpIpTarget(targets, address);
            if (!added.Success)
            {
                return added;
            }
        }

        draft.Options.ArpIpTargets = targets;
        return Outcome.Ok;
    }

    /// <summary><c>ns_ip6_target</c>: the kernel has it by netlink only, where the whole list is written.</summary>
    public static Outcome SetNsIp6Target(OptionDraft draft, string text)
    {
        List<IPAddress> targets = [];
        foreach (string item in OptionText.List(text))
        {
            if (!OptionText.TryParseIPv6(item, out IPAddress address) ||
                address.IsIPv6Multicast || IPAddress.IsLoopback(address) || address.Equals(IPAddress.IPv6Any))
            {
                return OptionErrors.Invalid("ns_ip6_target", item, $"up to {MaxTargets} unicast IPv6 addresses by comma");
            }

            if (targets.Contains(address) || targets.Count == MaxTargets)
            {
                return OptionErrors.Invalid("ns_ip6_target", item, $"each address once, at most {MaxTargets}");
            }

            targets.Add(address);
        }

        draft.Options.NsIp6Targets = targets;
        return Outcome.Ok;
    }

    private static Outcome ChangeArpIpTarget(OptionDraft draft, string line)
    {
        if (!OptionText.TryParseIPv4Prefix(line.AsSpan(1), out IPAddress address, out int length))
        {
            return Unreadable(line);
        }

        List<IPAddress> targets = [.. draft.Options.ArpIpTargets];
        Outcome outcome = line[0] == '+' ? AddArpIpTarget(targets, address) : RemoveArpIpTarget(targets, address);
        if (!outcome.Success)
        {
            return outcome;
        }

        if (length + 1 < line.Length)
        {
            draft.Warnings.Add($"arp_ip_target {line[0]}{address} taken, what follows it is not looked at");
        }

        if (targets.Count == 0 && draft.Options.ArpInterval != 0)
        {
            draft.Warnings.Add("Removing last arp target with arp_interval on");
        }

        draft.Options.ArpIpTargets = targets;
        return Outcome.Ok;
    }

    private static Outcome AddArpIpTarget(List<IPAddress> targets, IPAddress address)
    {
        if (IsUnusable(address))
        {
            return new(Errno.EINVAL, $"invalid ARP target {address} specified for addition; it must be a host's address");
        }

        if (targets.Contains(address))
        {
            return new(Errno.EINVAL, $"ARP target {address} is already present");
        }

        if (targets.Count == MaxTargets)
        {
            return new(Errno.EINVAL, $"ARP target table is full! It holds {MaxTargets}; {address} not added");
        }

        targets.Add(address);
        return Outcome.Ok;
    }

    private static Outcome RemoveArpIpTarget(List<IPAddress> targets, IPAddress address)
    {
        if (IsUnusable(address))
        {
            return new(Errno.EINVAL, $"invalid ARP target {address} specified for removal");
        }

        return targets.Remove(address) ? Outcome.Ok : new(Errno.EINVAL, $"unable to remove nonexistent ARP target {address}");
    }

    private static bool IsUnusable(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        return !address.TryWriteBytes(bytes, out _) || bytes[0] == 0 || address.Equals(IPAddress.Broadcast);
    }

    private static Outcome Unreadable(string given) =>
        new(Errno.EPERM, $"invalid ARP target specified ({OptionErrors.Printable(given)}); +a.b.c.d, -a.b.c.d, or a whole list by comma");
}
