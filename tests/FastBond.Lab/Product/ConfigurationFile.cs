namespace FastBond.Lab.Product;

/// <summary>A configuration that a daemon is started with and that is changed under it: replaced whole, as an editor does.</summary>
public sealed class ConfigurationFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastbond-lab-");

    /// <summary>With this text, under this name.</summary>
    public ConfigurationFile(string text, string name = "fastbond.yaml")
    {
        Path = System.IO.Path.Combine(_folder.FullName, name);
        Text = text;
        Write(text);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>What was written last.</summary>
    public string Text { get; private set; }

    /// <summary>Replaces it.</summary>
    public void Write(string text)
    {
        File.WriteAllText(Path + ".new", text);
        File.Move(Path + ".new", Path, overwrite: true);
        Text = text;
    }

    /// <summary>Replaces one text in it by another.</summary>
    /// <exception cref="ArgumentException">There is no such text.</exception>
    public void Edit(string from, string to)
    {
        if (!Text.Contains(from, StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{from}' is not in the configuration", nameof(from));
        }
        Write(Text.Replace(from, to, StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
