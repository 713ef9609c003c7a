namespace FastBond.Configuration.Yaml;

/// <summary>A piece of a YAML document, with the line it begins on.</summary>
internal abstract record YamlNode(int Line);

/// <summary>A word or text.</summary>
/// <param name="Value">Its text.</param>
/// <param name="IsPlain">Whether it stands without quotes, and so may mean null or a boolean.</param>
/// <param name="Line">Line.</param>
internal sealed record YamlScalar(string Value, bool IsPlain, int Line) : YamlNode(Line)
{
    /// <summary>Whether it says that there is nothing.</summary>
    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>The boolean it stands for, as netplan reads them; null if none.</summary>
    public bool? Boolean => Value.ToLowerInvariant() switch
    {
        "true" or "on" or "yes" or "y" => true,
        "false" or "off" or "no" or "n" => false,
        _ => null,
    };
}

/// <summary>A list.</summary>
internal sealed record YamlSequence(IReadOnlyList<YamlNode> Items, int Line) : YamlNode(Line);

/// <summary>Keys and values; a key that stands twice is here twice.</summary>
internal sealed record YamlMapping(IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries, int Line) : YamlNode(Line);
