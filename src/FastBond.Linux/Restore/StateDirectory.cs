using System.Text.Json;

namespace FastBond.Linux.Restore;

/// <summary>
/// Where state is kept while the machine runs: <c>/run/fastbond</c> unless said otherwise. Records and locks are for root alone.
/// </summary>
public sealed class StateDirectory
{
    /// <summary>The usual place.</summary>
    public const string DefaultPath = "/run/fastbond";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = Private | UnixFileMode.UserExecute;

    private readonly string _restore;
    private readonly string _lock;

    /// <summary>Uses a directory; it is made when something is first written.</summary>
    public StateDirectory(string path = DefaultPath)
    {
        Root = Path.GetFullPath(path);
        _restore = Path.Combine(Root, "restore");
        _lock = Path.Combine(Root, "lock");
    }

    /// <summary>Absolute path.</summary>
    public string Root { get; }

    /// <summary>Writes a record, whole or not at all.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public void Save(RestoreRecord record)
    {
        string path = RestoreFile(record.Namespace, record.IfIndex);
        string draft = path + ".new";
        Directory.CreateDirectory(_restore, PrivateFolder);
        File.Delete(draft);
        using (FileStream stream = new(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = Private,
        }))
        {
            JsonSerializer.Serialize(stream, record, RestoreJson.Default.RestoreRecord);
        }

        File.Move(draft, path, overwrite: true);
    }

    /// <summary>The record of an interface; null if there is none, or none that can be read.</summary>
    public RestoreRecord? Load(NetworkNamespaceId place, int ifIndex) => Read(RestoreFile(place, ifIndex));

    /// <summary>Removes the record of an interface, if there is one.</summary>
    public void Forget(NetworkNamespaceId place, int ifIndex)
    {
        if (Directory.Exists(_restore))
        {
            File.Delete(RestoreFile(place, ifIndex));
        }
    }

    /// <summary>The indexes of all interfaces that have a record under that namespace's inode.</summary>
    public IReadOnlyList<int> Recorded(NetworkNamespaceId place)
    {
        if (!Directory.Exists(_restore))
        {
            return [];
        }

        string prefix = $"{place.Inode}-";
        List<int> indexes = [];
        foreach (string path in Directory.EnumerateFiles(_restore, prefix + "*.json"))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(prefix.Length), out int ifIndex))
            {
                indexes.Add(ifIndex);
            }
        }

        indexes.Sort();
        return indexes;
    }

    internal string LockFile(NetworkNamespaceId place, int ifIndex)
    {
        Directory.CreateDirectory(_lock, PrivateFolder);
        return Path.Combine(_lock, $"{place.Inode}-{ifIndex}");
    }

    private string RestoreFile(NetworkNamespaceId place, int ifIndex) => Path.Combine(_restore, $"{place.Inode}-{ifIndex}.json");

    private static RestoreRecord? Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, RestoreJson.Default.RestoreRecord);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
