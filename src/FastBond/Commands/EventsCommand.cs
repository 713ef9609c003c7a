using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FastBond.Api;
using FastBond.Linux;

namespace FastBond.Commands;

/// <summary><c>events [--json]</c>: what happens, one line a change with its reason, until interrupted.</summary>
internal static class EventsCommand
{
    public static Command Create(Globals globals)
    {
        Option<bool> json = new("--json") { Description = "One JSON object a line." };
        Command command = new("events", "Print what happens to bonds and slaves, one line a change, until interrupted.") { json };
        command.SetAction(async parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            bool raw = parsed.GetValue(json);
            using ControlClient client = new(globals.SocketOf(parsed));
            Reply reply = await client.StreamAsync("/v1/events", () => output.Flush(), line =>
            {
                output.WriteLine(raw ? line : Words(line));
                output.Flush();
            });
            return reply.Report(parsed.InvocationConfiguration);
        });
        return command;
    }

    /// <summary>An event for people.</summary>
    internal static string Words(string json)
    {
        if (json.StartsWith("{\"lost\"", StringComparison.Ordinal))
        {
            return $"{JsonSerializer.Deserialize(json, ApiJson.Default.LostEvents)!.Lost} events were lost: they came faster than they were read";
        }

        BondEvent told = JsonSerializer.Deserialize(json, ApiJson.Default.BondEvent)!;
        string time = told.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        string who = told.Slave is null ? told.Bond : $"{told.Bond} {told.Slave}";
        string change = (told.From, told.To) switch
        {
            (null, null) => "",
            (null, { } to) => $" {to}",
            ({ } from, null) => $" {from} -> none",
            ({ } from, { } to) => $" {from} -> {to}",
        };
        return $"{time} {who}: {told.What}{change}{(told.Reason is null ? "" : $" ({told.Reason})")}";
    }
}
