using System.CommandLine;
using System.Text;

namespace FastBond.Commands;

/// <summary><c>manual</c>: the manual page, out of the grammar that the program itself parses by. Not listed; packages are made with it.</summary>
internal static class ManualCommand
{
    private const string Description =
        """
        FastBond bonds network interfaces in user mode. It takes the slave NICs over with AF_XDP, moves every frame itself on polling cores, and
        shows the host one ordinary interface. It does what the Linux bonding driver does, by the same names, options and status text.
        .PP
        .B fastbond run
        is the daemon; the other commands ask it over its control socket, but for
        .BR check ", " doctor ", " hash ", " import " and " restore ,
        which need none. Kernel options are name=value, spelled with _ or -. Called as
        .B ifenslave
        (see /usr/lib/fastbond/ifenslave) it has that tool's grammar.
        """;

    private const string Configuration =
        """
        The configuration is netplan's YAML: the bonds under
        .IR network / bonds ,
        as netplan has them, and a section
        .I fastbond
        with options for every bond, and under
        .I bonds
        for one, by the kernel's names or FastBond's own. The interfaces, options, MTU, MAC, addresses and routes of a bond are brought about; DHCP,
        name servers and the like are the job of whoever manages the bond's interface. Several files in a directory are merged as netplan does.
        .PP
        A reload applies the difference only. With
        .B --confirm
        it is undone by itself unless
        .B fastbond confirm
        comes in time. An interface that isn't there is enslaved when it appears.
        """;

    private static readonly (string Name, string Text)[] Files =
    [
        ("/etc/fastbond/fastbond.yaml", "The configuration of the service; an example is in /usr/share/doc/fastbond/examples."),
        ("/run/fastbond/control.sock", "The control socket: HTTP, for root and the group fastbond."),
        ("/run/fastbond/bonding/BOND", "The text of /proc/net/bonding, renewed at every change."),
        ("/run/fastbond/counters/BOND", "Counters, to be mapped."),
        ("/run/fastbond/restore", "How interfaces were found, to be put back after a crash."),
    ];

    private static readonly (string Name, string Text)[] Variables =
    [
        ("FASTBOND_SOCKET", "Path of the control socket, where no option says so."),
        ("FASTBOND_STATE_DIR", "Instead of /run/fastbond."),
        ("FASTBOND_NATIVE", "File of the native library, where it isn't beside the program."),
    ];

    private static readonly (string Command, string Text)[] Examples =
    [
        ("fastbond run bond0 mode=active-backup miimon=100 slaves=eth0,eth1", "A bond in the foreground."),
        ("fastbond import /etc/sysconfig/network-scripts > /etc/fastbond/fastbond.yaml", "What a Red Hat system has, as a configuration."),
        ("fastbond check --config /etc/fastbond/fastbond.yaml", "What would change, and whether live."),
        ("fastbond show bond0 --why", "State, and why a slave isn't used."),
        ("fastbond set bond0 xmit_hash_policy=layer3+4", "An option, now."),
    ];

    public static Command Create()
    {
        Command command = new("manual", "Print the manual page.") { Hidden = true };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(Page(parsed.RootCommandResult.Command)));
        return command;
    }

    private static string Page(Command root)
    {
        StringBuilder page = new();
        page.Append($".TH FASTBOND 8 \"\" \"fastbond {CommandLine.Version}\" \"System Administration\"\n");
        page.Append($".SH NAME\nfastbond \\- network interface bonding in user mode\n.SH SYNOPSIS\n");
        Command[] commands = [.. root.Subcommands.Where(command => !command.Hidden)];
        foreach (Command command in commands)
        {
            string grammar = Grammar(command);
            page.Append($".B fastbond {Escaped(command.Name)}\n{(grammar.Length > 0 ? Escaped(grammar) + "\n" : "")}.br\n");
        }

        page.Append($".SH DESCRIPTION\n{Description}\n.SH COMMANDS\n");
        foreach (Command command in commands)
        {
            page.Append($".TP\n.B {Escaped(command.Name)} {Escaped(Grammar(command))}\n{Escaped(command.Description)}\n");
            foreach (Option option in command.Options.Where(option => !option.Hidden))
            {
                Item(page, Spelled(option), option.Description, indented: true);
            }
        }

        page.Append(".SH OPTIONS\n");
        foreach (Option option in root.Options.Where(option => !option.Hidden))
        {
            Item(page, Spelled(option), option.Description);
        }

        page.Append($".SH CONFIGURATION\n{Configuration}\n.SH FILES\n");
        Array.ForEach(Files, file => Item(page, file.Name, file.Text));
        page.Append(".SH ENVIRONMENT\n");
        Array.ForEach(Variables, variable => Item(page, variable.Name, variable.Text));
        page.Append(".SH EXIT STATUS\n0; 1 refused or failed, with one line on stderr; 2 usage.\n.SH EXAMPLES\n");
        Array.ForEach(Examples, example => Item(page, example.Command, example.Text));
        page.Append(".SH SEE ALSO\n.BR ip-link (8),\n.BR netplan (5),\n.BR systemd.service (5)\n");
        return page.ToString();
    }

    /// <summary>Arguments and options as a line of a synopsis.</summary>
    private static string Grammar(Command command)
    {
        List<string> words = [];
        foreach (Argument argument in command.Arguments)
        {
            string word = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name} …" : argument.Name;
            words.Add(argument.Arity.MinimumNumberOfValues == 0 ? $"[{word}]" : word);
        }

        words.AddRange(command.Options.Where(option => !option.Hidden).Select(option => option.Required ? Spelled(option) : $"[{Spelled(option)}]"));
        return string.Join(' ', words);
    }

    private static string Spelled(Option option) => option.HelpName is null ? option.Name : $"{option.Name} {option.HelpName}";

    private static void Item(StringBuilder page, string name, string? text, bool indented = false) =>
        page.Append(indented ? ".RS\n" : "").Append($".TP\n.B {Escaped(name)}\n{Escaped(text)}\n").Append(indented ? ".RE\n" : "");

    /// <summary>Hyphens are minus signs, so that what is copied from the page works; a leading dot or quote is no request.</summary>
    private static string Escaped(string? text)
    {
        string escaped = (text ?? "").Replace("\\", "\\e").Replace("-", "\\-").ReplaceLineEndings(" ");
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? "\\&" + escaped : escaped;
    }
}
