using System.Net;
using System.Text;

namespace FastBond.Configuration.Netplan;

/// <summary>
/// Writes bonds as netplan's YAML, valid for netplan itself, with what netplan has no word for under <c>fastbond:</c>. What is written is
/// read back as the same bonds.
/// </summary>
internal static class NetplanWriter
{
    /// <summary>The whole file.</summary>
    public static string Write(IReadOnlyList<BondConfiguration> bonds)
    {
        StringBuilder text = new("network:\n  version: 2\n");
        string[] slaves = [.. bonds.SelectMany(bond => bond.Slaves, (_, slave) => slave.Name)];
        if (slaves.Length > 0)
        {
            text.Append("  ethernets:\n");
            foreach (string slave in slaves)
            {
                text.Append($"    {Quoted(slave)}: {{}}\n");
            }
        }

        text.Append(bonds.Count > 0 ? "  bonds:\n" : "");
        foreach (BondConfiguration bond in bonds)
        {
            WriteBond(text, bond);
        }

        bool hasSection = false;
        foreach (BondConfiguration bond in bonds)
        {
            WriteOwn(text, bond, ref hasSection);
        }

        return text.ToString();
    }

    private static void WriteBond(StringBuilder text, BondConfiguration bond)
    {
        text.Append($"    {Quoted(bond.Name)}:\n");
        text.Append($"      interfaces: {List(bond.Slaves.Select(slave => slave.Name))}\n");
        if (bond.MacAddress is { } mac)
        {
            text.Append($"      macaddress: {Quoted(mac.ToString())}\n");
        }

        if (bond.Mtu is { } mtu)
        {
            text.Append($"      mtu: {mtu}\n");
        }

        if (bond.Addresses.Count > 0)
        {
            text.Append($"      addresses: {List(bond.Addresses.Select(address => address.ToString()))}\n");
        }

        WriteRoutes(text, bond.Routes);
        text.Append(bond.StaysDown ? "      activation-mode: manual\n" : "");
        Setting[] parameters = [.. bond.Options.Where(option => ParameterOf(option) is not null)];
        if (parameters.Length > 0)
        {
            text.Append("      parameters:\n");
            foreach (Setting option in parameters)
            {
                NetplanParameter parameter = ParameterOf(option)!;
                text.Append($"        {parameter.Key}: {Value(parameter, option.Value)}\n");
            }
        }
    }

    private static void WriteRoutes(StringBuilder text, IReadOnlyList<RouteSetting> routes)
    {
        text.Append(routes.Count > 0 ? "      routes:\n" : "");
        foreach (RouteSetting route in routes)
        {
            // Without a gateway to tell its family, netplan's "default" would be IPv4's.
            bool isDefault = route.PrefixLength == 0 && (route.Gateway is not null || Equals(route.Destination, IPAddress.Any));
            text.Append($"        - to: {(isDefault ? "default" : Quoted($"{route.Destination}/{route.PrefixLength}"))}\n");
            text.Append(route.Gateway is null ? "" : $"          via: {Quoted(route.Gateway.ToString())}\n");
            text.Append(route.Source is null ? "" : $"          from: {Quoted(route.Source.ToString())}\n");
            text.Append(route.Metric == 0 ? "" : $"          metric: {route.Metric}\n");
            text.Append(route.Table == RouteSetting.MainTable ? "" : $"          table: {route.Table}\n");
            text.Append(route.OnLink ? "          on-link: true\n" : "");
        }
    }

    private static void WriteOwn(StringBuilder text, BondConfiguration bond, ref bool hasSection)
    {
        Setting[] options = [.. bond.Options.Where(option => ParameterOf(option) is null)];
        SlaveConfiguration[] slaves = [.. bond.Slaves.Where(slave => slave.Options.Count > 0)];
        if (options.Length == 0 && slaves.Length == 0)
        {
            return;
        }

        text.Append(hasSection ? "" : "fastbond:\n  bonds:\n");
        hasSection = true;
        text.Append($"    {Quoted(bond.Name)}:\n");
        foreach (Setting option in options)
        {
            text.Append($"      {option.Name}: {Quoted(option.Value)}\n");
        }

        text.Append(slaves.Length > 0 ? "      slaves:\n" : "");
        foreach (SlaveConfiguration slave in slaves)
        {
            text.Append($"        {Quoted(slave.Name)}:\n");
            foreach (Setting option in slave.Options)
            {
                text.Append($"          {option.Name}: {Quoted(option.Value)}\n");
            }
        }
    }

    /// <summary>An empty value says "none" to the kernel, and nothing at all to netplan.</summary>
    private static NetplanParameter? ParameterOf(Setting option) =>
        option.Value.Length == 0 ? null : NetplanKeys.Parameters.FirstOrDefault(parameter => parameter.Option == option.Name && !parameter.IsFormer);

    private static string Value(NetplanParameter parameter, string value) => parameter.Value switch
    {
        NetplanValue.Boolean => value is "on" or "1" ? "true" : "false",
        NetplanValue.List => List(value.Split(',')),
        _ => Quoted(value),
    };

    private static string List(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Quoted))}]";

    /// <summary>The text as it is where no reader of YAML could take it for anything else, in double quotes otherwise.</summary>
    private static string Quoted(string text)
    {
        bool isPlain = text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+' or '/')
            && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
        return isPlain ? text : $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
    }
}
