using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace FastBond.Dataplane.Counters;

/// <summary>A bond's counters: written by its cores, read by anyone. In a mapped file, or in memory alone.</summary>
public sealed unsafe class CounterBlock : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _block;

    private CounterBlock(byte* block, MemoryMappedFile? file, MemoryMappedViewAccessor? view)
    {
        _block = block;
        _file = file;
        _view = view;
    }

    /// <summary>How many cores write here.</summary>
    public int Cores => (int)((uint*)_block)[4];

    /// <summary>The bond's name.</summary>
    public string Name
    {
        get
        {
            ReadOnlySpan<byte> name = new(_block + CounterLayout.NameOffset, CounterLayout.NameSize);
            int end = name.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
        }
    }

    /// <summary>Counters in ordinary memory, for in-process use.</summary>
    public static CounterBlock Allocate(string name, int cores)
    {
        nuint size = (nuint)CounterLayout.Size(cores);
        byte* block = (byte*)NativeMemory.AlignedAlloc(size, CounterLayout.HeaderSize);
        NativeMemory.Clear(block, size);
        WriteHeader(block, name, cores);
        return new CounterBlock(block, null, null);
    }

    /// <summary>
    /// Creates the file (mode 0444), in place of one of that name, and maps it. It is refused on any file system but tmpfs, whose pages are
    /// never written back: a write-back would make the cores fault on their own counters.
    /// </summary>
    /// <param name="path">Where; the directory must exist.</param>
    /// <param name="name">The bond's name.</param>
    /// <param name="cores">How many cores will write.</param>
    /// <param name="anyFileSystem">Takes any file system: for tests.</param>
    /// <exception cref="IOException">The file can't be made, or not there.</exception>
    public static CounterBlock Create(string path, string name, int cores, bool anyFileSystem = false)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string format = new DriveInfo(directory).DriveFormat;
        if (!anyFileSystem && format != "tmpfs")
        {
            throw new IOException($"counters {path}: {directory} is on {format}, and only tmpfs never makes a core wait for the disk");
        }

        // A reader that still maps the old file keeps the old numbers; nobody sees two bonds mixed.
        File.Delete(path);
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        }

        using FileStream stream = new(path, options);
        stream.SetLength(CounterLayout.Size(cores));
        CounterBlock block = Map(stream, MemoryMappedFileAccess.ReadWrite);
        WriteHeader(block._block, name, cores);
        return block;
    }

    /// <summary>Maps another process's counters for reading.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It holds no counters, or those of another version.</exception>
    public static CounterBlock Open(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length < CounterLayout.HeaderSize)
        {
            throw new InvalidDataException($"{path} holds no counters");
        }

        CounterBlock block = Map(stream, MemoryMappedFileAccess.Read);
        uint* words = (uint*)block._block;
        if (*(ulong*)words != CounterLayout.Magic || words[2] != CounterLayout.Version || stream.Length != CounterLayout.Size(block.Cores))
        {
            block.Dispose();
            throw new InvalidDataException($"{path} holds no counters of version {CounterLayout.Version}");
        }

        return block;
    }

    /// <summary>The rows that one core writes.</summary>
    public CoreCounters Core(int core)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(core);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(core, Cores);
        return new CoreCounters((ulong*)(_block + CounterLayout.RowOffset(core, 0)));
    }

    /// <summary>One counter of a row (a slot, <see cref="CounterLayout.BondRow"/> or <see cref="CounterLayout.HostRow"/>), over all cores.</summary>
    public ulong Sum(int row, Counter counter) => SumWord(row, (int)counter);

    /// <summary>The frames of a row dropped for that reason, over all cores.</summary>
    public ulong Sum(int row, DropReason reason) => SumWord(row, CounterLayout.FirstDrop + (int)reason);

    /// <summary>The frames of a row dropped for any reason, over all cores.</summary>
    public ulong SumDrops(int row)
    {
        ulong sum = 0;
        for (int reason = 0; reason < CounterLayout.DropReasons; reason++)
        {
            sum += SumWord(row, CounterLayout.FirstDrop + reason);
        }

        return sum;
    }

    /// <summary>Unmaps the block; a file stays until it is deleted. No core may write any more.</summary>
    public void Dispose()
    {
        if (_block == null)
        {
            return;
        }

        if (_view is null)
        {
            NativeMemory.AlignedFree(_block);
        }
        else
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file!.Dispose();
        }

        _block = null;
    }

    private static CounterBlock Map(FileStream stream, MemoryMappedFileAccess access)
    {
        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(stream, null, 0, access, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, access);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return new CounterBlock(pointer + view.PointerOffset, file, view);
    }

    private static void WriteHeader(byte* block, string name, int cores)
    {
        uint* words = (uint*)block;
        words[2] = CounterLayout.Version;
        words[3] = CounterLayout.HeaderSize;
        words[4] = (uint)cores;
        words[5] = CounterLayout.Rows;
        words[6] = CounterLayout.RowWords * sizeof(ulong);
        words[7] = (uint)CounterLayout.DropReasons;
        Utf8.FromUtf16(name, new Span<byte>(block + CounterLayout.NameOffset, CounterLayout.NameSize - 1), out _, out _);

        // Last: a reader that finds the magic finds the rest.
        Volatile.Write(ref *(ulong*)block, CounterLayout.Magic);
    }

    private ulong SumWord(int row, int word)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, CounterLayout.Rows);
        ulong sum = 0;
        for (int core = 0; core < Cores; core++)
        {
            sum += Volatile.Read(ref ((ulong*)(_block + CounterLayout.RowOffset(core, row)))[word]);
        }

        return sum;
    }
}
