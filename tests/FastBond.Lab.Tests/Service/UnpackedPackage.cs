using FastBond.Lab.Machine;

namespace FastBond.Lab.Tests.Service;

/// <summary>The Debian package that build.sh made, unpacked once for all tests of it.</summary>
public sealed class UnpackedPackage : IDisposable
{
    /// <summary>Unpacks it, if it is there.</summary>
    public UnpackedPackage()
    {
        string[] built = Directory.Exists(LabFacts.Built("")) ? Directory.GetFiles(LabFacts.Built(""), "fastbond_*.deb") : [];
        SkipReason = built.Length == 1 ? "" : "the package is missing: ./build.sh deb makes it";
        File = built.FirstOrDefault() ?? "";
        if (built.Length == 1)
        {
            Folder = Directory.CreateTempSubdirectory("fastbond-package-").FullName;
            Command.Run("dpkg-deb", ["--extract", File, Folder], TimeSpan.FromMinutes(1)).EnsureSuccess();
        }
    }

    /// <summary>Why there is nothing to test; empty if there is.</summary>
    public string SkipReason { get; }

    /// <summary>The package.</summary>
    public string File { get; }

    /// <summary>Where it is unpacked.</summary>
    public string Folder { get; } = "";

    /// <summary>The path here of an absolute path of it.</summary>
    public string Path(string installed) => Folder + installed;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Folder.Length > 0)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
