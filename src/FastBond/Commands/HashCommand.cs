using System.Buffers;
using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Core.Options;

namespace FastBond.Commands;

/// <summary>
/// <c>hash</c>: which slave each frame would leave by. Hex frames on stdin, one a line; an answer a line, given before the next line is
/// read. Needs no daemon, no privileges and no native library.
/// </summary>
internal static class HashCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<TransmitHashPolicy> policy = new("--policy")
        {
            Description = $"The transmit hash policy: {OptionTable.XmitHashPolicy.Accepted()}.",
            HelpName = "POLICY",
            Required = true,
            CustomParser = ParsePolicy,
        };
        Option<int> slaves = new("--slaves")
        {
            Description = "How many slaves can transmit (xor24: how many there are).",
            HelpName = "N",
            Required = true,
            CustomParser = ParseSlaves,
        };
        Option<HashVlan> vlan = new("--vlan")
        {
            Description = "How the outermost VLAN tag is seen: offload (as metadata, the default) or inband (as frame bytes).",
            HelpName = "offload|inband",
            CustomParser = ParseVlan,
        };
        Complete(policy, OptionTable.XmitHashPolicy.Values.Where(value => !value.Alias).Select(value => value.Name));
        Complete(vlan, ["offload", "inband"]);
        Option<HardwareAddress> ownMac = new("--own-mac")
        {
            Description = "The bond's MAC address; xor24 needs it.",
            HelpName = "MAC",
            CustomParser = ParseOwnMac,
        };
        Option<bool> json = new("--json") { Description = "One JSON object a line." };
        Command command = new("hash", "Tell which slave frames would leave by: hex on stdin, one frame a line, destination MAC first.")
        {
            policy, slaves, vlan, ownMac, json,
        };
        command.Validators.Add(result =>
        {
            bool xor24 = result.GetResult(policy)?.Tokens is [{ Value: "xor24" }];
            if (xor24 == (result.GetResult(ownMac) is null))
            {
                result.AddError("--own-mac goes with --policy xor24, which needs it, and with no other");
            }
        });
        command.SetAction(parsed =>
        {
            HardwareAddress own = parsed.GetValue(ownMac);
            Request request = new(
                parsed.GetValue(policy),
                parsed.GetValue(vlan),
                own.IsEmpty ? (byte)0 : own.AsSpan()[^1],
                parsed.GetValue(slaves),
                parsed.GetValue(json));
            return Run(Console.In, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, request);
        });
        return command;
    }

    /// <summary>
    /// Answers every line of <paramref name="input"/>: the slave's index among those that can transmit, in enslave order, and the hash. At
    /// the first line that isn't hex it says so on <paramref name="error"/> and stops. Returns the exit code.
    /// </summary>
    internal static int Run(TextReader input, TextWriter output, TextWriter error, Request request)
    {
        Reciprocal slaves = new(request.Slaves);
        for (long number = 1; input.ReadLine() is string line; number++)
        {
            ReadOnlySpan<char> text = line.AsSpan().Trim();
            byte[] bytes = new byte[text.Length / 2];
            OperationStatus status = Convert.FromHexString(text, bytes, out _, out _);
            if (status != OperationStatus.Done)
            {
                string reason = status == OperationStatus.NeedMoreData ? $"an odd number of hex digits ({text.Length})" : "not hex";
                error.WriteLine($"fastbond: line {number}: {reason}; a line is one frame in hex, destination MAC first, without FCS");
                return 1;
            }

            uint hash = TransmitHash.Compute(request.Policy, request.Vlan, bytes, request.OwnAddressLastByte);
            uint index = slaves.Remainder(hash);
            output.WriteLine(request.Json ? $"{{\"hash\":{hash},\"slave_index\":{index}}}" : $"{index} 0x{hash:x}");
        }

        return 0;
    }

    /// <summary>In place of the names that an enumeration has in the program.</summary>
    private static void Complete(System.CommandLine.Option option, IEnumerable<string> words)
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add(_ => words.Select(word => new CompletionItem(word)));
    }

    private static TransmitHashPolicy ParsePolicy(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (!OptionTable.XmitHashPolicy.TryParse(text, out int policy))
        {
            result.AddError($"'{text}' is not a transmit hash policy; accepted: {OptionTable.XmitHashPolicy.Accepted()}");
        }

        return (TransmitHashPolicy)policy;
    }

    private static int ParseSlaves(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (!int.TryParse(text, out int slaves) || slaves < 1)
        {
            result.AddError($"'{text}' is not a number of slaves; accepted: 1 and above");
        }

        return slaves;
    }

    private static HashVlan ParseVlan(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        switch (text)
        {
            case "offload":
                return HashVlan.Offload;
            case "inband":
                return HashVlan.Inband;
            default:
                result.AddError($"'{text}' is not a way to see VLAN tags; accepted: offload, inband");
                return default;
        }
    }

    private static HardwareAddress ParseOwnMac(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (!HardwareAddress.TryParse(text, out HardwareAddress address) || address.Length != HardwareAddress.EthernetLength)
        {
            result.AddError($"'{text}' is not a MAC address; accepted: six hex bytes with colons");
        }

        return address;
    }

    /// <summary>What is asked about every frame.</summary>
    internal readonly record struct Request(TransmitHashPolicy Policy, HashVlan Vlan, byte OwnAddressLastByte, int Slaves, bool Json);
}
