using System.CommandLine;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FastBond.Api;
using FastBond.Configuration;
using FastBond.Configuration.Netplan;
using FastBond.Configuration.Reload;

namespace FastBond.Commands;

/// <summary><c>check</c>, <c>reload</c> and <c>confirm</c>.</summary>
internal static class ConfigurationCommands
{
    private const int LongestConfirm = 3600;

    /// <summary><c>check --config FILE</c>: what would change, and what each change needs. Touches nothing.</summary>
    public static Command Check(Globals globals)
    {
        Option<string?> config = Configurations.FileOption(isRequired: true);
        Command command = new("check", "Read a configuration and print what would change; touches nothing.") { config };
        command.SetAction(async parsed =>
        {
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            ConfigurationReading reading = ConfigurationFiles.Read(parsed.GetRequiredValue(config)!);
            Configurations.Report(reading, streams.Error);
            if (reading.HasErrors)
            {
                return 1;
            }

            using ControlClient client = new(globals.SocketOf(parsed));
            Reply state = await client.SendAsync(HttpMethod.Get, "/v1/state");
            Reply inForce = state.Failure is null ? await client.SendAsync(HttpMethod.Get, "/v1/configuration") : state;
            if (inForce is { Failure: { } failure, NoDaemon: false })
            {
                streams.Error.WriteLine($"fastbond: {failure}");
                return 1;
            }

            if (inForce.NoDaemon)
            {
                streams.Error.WriteLine($"fastbond: no daemon answers on {globals.SocketOf(parsed)}: this is what its start would do");
            }

            IReadOnlyList<Step> steps = inForce.NoDaemon
                ? ConfigurationDiff.Between([], [], reading.Bonds)
                : ConfigurationDiff.Between(
                    JsonSerializer.Deserialize(state.Body, ApiJson.Default.IReadOnlyListBondState)!,
                    ConfigurationFiles.Read([new SourceText("in force", inForce.Body)]).Bonds,
                    reading.Bonds);
            PrintSteps([.. steps.Select(step => step.ToString())], streams.Output);
            return 0;
        });
        return command;
    }

    /// <summary><c>reload [--confirm SECONDS]</c>.</summary>
    public static Command Reload(Globals globals)
    {
        Option<int?> confirm = new("--confirm")
        {
            Description = "Roll everything back after so many seconds, unless 'fastbond confirm' comes first.",
            HelpName = "SECONDS",
        };
        confirm.Validators.Add(result =>
        {
            if (result.Tokens is [var seconds] && !(int.TryParse(seconds.Value, out int value) && value is >= 1 and <= LongestConfirm))
            {
                result.AddError($"--confirm takes 1 - {LongestConfirm} seconds");
            }
        });
        Command command = new("reload", "Have the daemon read its configuration anew and apply the difference, all or nothing.") { confirm };
        command.SetAction(async parsed =>
        {
            int? seconds = parsed.GetValue(confirm);
            using ControlClient client = new(globals.SocketOf(parsed));
            JsonContent body = JsonContent.Create(new ReloadBody(seconds), ApiJson.Default.ReloadBody);
            Reply reply = await client.SendAsync(HttpMethod.Post, "/v1/reload", body);
            int code = Report(reply, parsed.InvocationConfiguration, out int steps);
            if (code == 0 && seconds is not null && steps > 0)
            {
                parsed.InvocationConfiguration.Output.WriteLine($"rolled back in {seconds} s unless 'fastbond confirm' comes first");
            }

            return code;
        });
        return command;
    }

    /// <summary><c>confirm</c>.</summary>
    public static Command Confirm(Globals globals)
    {
        Command command = new("confirm", "Keep what 'reload --confirm' has changed.");
        command.SetAction(async parsed =>
        {
            using ControlClient client = new(globals.SocketOf(parsed));
            Reply reply = await client.SendAsync(HttpMethod.Post, "/v1/confirm");
            return reply.Report(parsed.InvocationConfiguration);
        });
        return command;
    }

    /// <summary>Has the daemon bring bonds about and prints what it did.</summary>
    public static async Task<int> ApplyAsync(string socketPath, IReadOnlyList<BondConfiguration> bonds, InvocationConfiguration streams)
    {
        using ControlClient client = new(socketPath);
        using StringContent yaml = new(NetplanWriter.Write(bonds), Encoding.UTF8, "application/yaml");
        return Report(await client.SendAsync(HttpMethod.Post, "/v1/configuration", yaml), streams, out _);
    }

    private static int Report(Reply reply, InvocationConfiguration streams, out int steps)
    {
        steps = 0;
        if (reply.Failure is not null)
        {
            // What is refused is told with all else there is to say of it; the refusal itself comes last.
            foreach (string problem in reply.Problems.Where(problem => !reply.Failure.EndsWith(problem, StringComparison.Ordinal)))
            {
                streams.Error.WriteLine($"fastbond: {problem}");
            }

            return reply.Report(streams);
        }

        ReloadAnswer answer = JsonSerializer.Deserialize(reply.Body, ApiJson.Default.ReloadAnswer)!;
        foreach (string problem in answer.Problems)
        {
            streams.Error.WriteLine($"fastbond: {problem}");
        }

        steps = answer.Steps.Count;
        PrintSteps(answer.Steps, streams.Output);
        return 0;
    }

    private static void PrintSteps(IReadOnlyList<string> steps, TextWriter output)
    {
        foreach (string step in steps.DefaultIfEmpty("nothing changes"))
        {
            output.WriteLine(step);
        }
    }
}
