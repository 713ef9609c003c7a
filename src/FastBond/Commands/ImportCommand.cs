using System.CommandLine;
using FastBond.Configuration;
using FastBond.Configuration.Import;
using FastBond.Configuration.Netplan;

namespace FastBond.Commands;

/// <summary><c>import SOURCE… [--apply]</c>: what people have, as YAML, or brought about at once.</summary>
internal static class ImportCommand
{
    private const string StandardInput = "-";

    public static Command Create(Globals globals)
    {
        Argument<string[]> sources = new("SOURCE")
        {
            Description = "modules.conf, ifcfg-*, interfaces, .netdev and .network files, netplan's YAML, /proc/net/bonding/*, scripts; directories "
                + "of them; - for stdin; or the words of one command: ip link add … type bond …, modprobe bonding …",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> apply = new("--apply") { Description = "Have the daemon bring the bonds about, instead of printing them." };
        Command command = new("import", "Turn the configuration of another tool into FastBond's, and name what can't be carried over.") { sources, apply };
        command.SetAction(parsed =>
        {
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            Draft draft = new() { IsLenient = true };
            ConfigurationReading reading = Importer.Read(Texts(parsed.GetRequiredValue(sources), draft), draft);
            Configurations.Report(reading, streams.Error);
            if (reading.HasErrors)
            {
                return Task.FromResult(1);
            }

            if (parsed.GetValue(apply))
            {
                return ConfigurationCommands.ApplyAsync(globals.SocketOf(parsed), reading.Bonds, streams);
            }

            streams.Output.Write(NetplanWriter.Write(reading.Bonds));
            return Task.FromResult(0);
        });
        return command;
    }

    private static List<SourceText> Texts(string[] sources, Draft draft)
    {
        if (sources.Length > 1 && CommandImport.IsCommand(sources[0]) && !File.Exists(sources[0]))
        {
            return [new SourceText("arguments", string.Join(' ', sources.Select(Quoted)))];
        }

        List<SourceText> texts = [];
        foreach (string source in sources)
        {
            if (source == StandardInput)
            {
                texts.Add(new SourceText("stdin", Console.In.ReadToEnd()));
            }
            else
            {
                foreach (string file in FilesOf(source))
                {
                    if (ConfigurationFiles.TryReadText(file, draft) is { } text)
                    {
                        texts.Add(new SourceText(file, text));
                    }
                }
            }
        }

        return texts;
    }

    private static string Quoted(string word) =>
        word.Any(c => char.IsWhiteSpace(c) || c is '\'' or '"' or '\\' or '#') ? $"'{word.Replace("'", "'\\''")}'" : word;

    private static string[] FilesOf(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        string[] files = Directory.GetFiles(path);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }
}
