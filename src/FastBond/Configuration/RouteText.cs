using System.Globalization;
using System.Net;
using FastBond.Core.Options;

namespace FastBond.Configuration;

/// <summary>Routes by the keys that netplan has for them.</summary>
internal static class RouteText
{
    /// <summary>A route out of <c>to</c>, <c>via</c>, <c>from</c>, <c>metric</c>, <c>table</c> and <c>on-link</c>; null, with the error told, if it is none.</summary>
    public static RouteSetting? Parse(IReadOnlyDictionary<string, string> said, Place place, Draft draft)
    {
        IPAddress? gateway = null;
        if (said.TryGetValue("via", out string? via) && !Address(via, "via", place, draft, out gateway))
        {
            return null;
        }

        string to = said.GetValueOrDefault("to", "");
        IPAddress destination = IpText.Any(gateway ?? IPAddress.Any);
        int prefixLength = 0;
        if (to != "default" && !IpText.TryParsePrefix(to, out destination, out prefixLength))
        {
            draft.Fail(place, $"'{OptionErrors.Printable(to)}' is no destination of a route; expected 'default' or one like 198.51.100.0/24");
            return null;
        }

        if (gateway is not null && gateway.AddressFamily != destination.AddressFamily)
        {
            draft.Fail(place, $"{to} via {gateway}: expected a gateway of the destination's own family");
            return null;
        }

        IPAddress? source = null;
        if ((said.TryGetValue("from", out string? from) && !Address(from, "from", place, draft, out source)) ||
            !Number(said, "metric", 0, place, draft, out uint metric) || !Number(said, "table", RouteSetting.MainTable, place, draft, out uint table))
        {
            return null;
        }

        return new RouteSetting(IpText.Network(destination, prefixLength), prefixLength, gateway, place)
        {
            Metric = metric,
            Table = table,
            OnLink = said.GetValueOrDefault("on-link", "false") is "true" or "yes" or "on",
            Source = source,
        };
    }

    private static bool Address(string text, string key, Place place, Draft draft, out IPAddress? address)
    {
        bool isAddress = IpText.TryParse(text, out IPAddress parsed);
        address = isAddress ? parsed : null;
        if (!isAddress)
        {
            draft.Fail(place, $"{key}: '{OptionErrors.Printable(text)}' is no address; expected one like 192.0.2.254");
        }

        return isAddress;
    }

    private static bool Number(IReadOnlyDictionary<string, string> said, string key, uint otherwise, Place place, Draft draft, out uint number)
    {
        number = otherwise;
        if (!said.TryGetValue(key, out string? text) || uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        draft.Fail(place, $"{key}: '{OptionErrors.Printable(text)}' is no number; expected 0 - {uint.MaxValue}");
        return false;
    }
}
