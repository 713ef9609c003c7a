using FastBond.Configuration.Netplan;

namespace FastBond.Configuration.Import;

/// <summary>Reads sources of one kind into a draft; what may be said in any of several files is put together at the end.</summary>
internal interface IImporter
{
    /// <summary>Reads one source.</summary>
    void Read(SourceText source);

    /// <summary>Ends the reading.</summary>
    void Finish();
}

/// <summary>Reads what people have of bonds into the one model, files of different kinds together: one may name the slaves, another the options.</summary>
internal static class Importer
{
    /// <summary>Kinds of sources, in the order in which they are ended: what applies to every bond comes last.</summary>
    private enum Kind
    {
        Netplan,
        Ifcfg,
        Interfaces,
        Networkd,
        Status,
        Commands,
        Modprobe,
    }

    /// <summary>Reads sources of any kinds.</summary>
    public static ConfigurationReading Read(IReadOnlyList<SourceText> sources, Draft? into = null)
    {
        Draft draft = into ?? new Draft { IsLenient = true };
        SortedDictionary<Kind, IImporter> importers = [];
        foreach (SourceText source in sources)
        {
            if (Recognise(source) is not { } kind)
            {
                draft.Fail(
                    new Place(source.File, 0),
                    "no kind of file that says anything of bonds; expected modules.conf, ifcfg, interfaces, .netdev, .network, netplan YAML, /proc/net/bonding text or ip commands");
                continue;
            }

            if (!importers.TryGetValue(kind, out IImporter? importer))
            {
                importer = Create(kind, draft);
                importers.Add(kind, importer);
            }

            importer.Read(source);
        }

        foreach (IImporter importer in importers.Values)
        {
            importer.Finish();
        }

        if (draft.Bonds.Count == 0 && !draft.HasErrors)
        {
            draft.Fail(new Place(string.Join(", ", sources.Select(source => source.File)), 0), "there is no bond in it; expected one by name");
        }

        return draft.Finish();
    }

    private static IImporter Create(Kind kind, Draft draft) => kind switch
    {
        Kind.Ifcfg => new IfcfgImport(draft),
        Kind.Interfaces => new InterfacesImport(draft),
        Kind.Networkd => new NetworkdImport(draft),
        Kind.Status => new StatusImport(draft),
        Kind.Commands => new CommandImport(draft),
        Kind.Modprobe => new ModprobeImport(draft),
        _ => new NetplanReader(draft),
    };

    /// <summary>By the name if it tells, else by the first line that does.</summary>
    private static Kind? Recognise(SourceText source)
    {
        string name = Path.GetFileName(source.File);
        string folder = Path.GetFileName(Path.GetDirectoryName(source.File)) ?? "";
        return (name, Path.GetExtension(name), folder) switch
        {
            (_, ".yaml" or ".yml", _) => Kind.Netplan,
            (_, ".netdev" or ".network", _) => Kind.Networkd,
            ("interfaces", _, _) or (_, _, "interfaces.d") => Kind.Interfaces,
            ("modules.conf" or "conf.modules" or "modprobe.conf", _, _) or (_, _, "modprobe.d" or "modutils") => Kind.Modprobe,
            _ when name.StartsWith("ifcfg-", StringComparison.Ordinal) => Kind.Ifcfg,
            _ => ShellWords.Lines(source).Select(line => RecogniseLine(line.Line)).FirstOrDefault(kind => kind is not null),
        };
    }

    private static Kind? RecogniseLine(string line)
    {
        if (line.StartsWith("Ethernet Channel Bonding Driver:", StringComparison.Ordinal) || line.StartsWith("Bonding Mode:", StringComparison.Ordinal))
        {
            return Kind.Status;
        }

        string word = line.Split([' ', '\t'], 2)[0];
        return word switch
        {
            "network:" or "bonds:" or "fastbond:" or "---" => Kind.Netplan,
            "[NetDev]" or "[Match]" or "[Network]" or "[Bond]" => Kind.Networkd,
            "auto" or "iface" or "source" or "mapping" => Kind.Interfaces,
            "alias" or "options" or "probeall" => Kind.Modprobe,
            _ when word.StartsWith("allow-", StringComparison.Ordinal) => Kind.Interfaces,
            _ when CommandImport.IsCommand(word) => Kind.Commands,
            _ when IfcfgImport.IsAssignment(line) => Kind.Ifcfg,
            _ => null,
        };
    }
}
