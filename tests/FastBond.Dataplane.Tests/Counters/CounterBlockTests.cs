using System.Runtime.Versioning;
using FastBond.Dataplane.Counters;
using Xunit;

namespace FastBond.Dataplane.Tests.Counters;

[SupportedOSPlatform("linux")]
public sealed class CounterBlockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fastbond-counters-").FullName;

    [Fact]
    public void Another_reader_sums_what_the_cores_wrote()
    {
        string path = Path.Combine(_directory, "bond0");
        using CounterBlock written = CounterBlock.Create(path, "bond0", cores: 3, anyFileSystem: true);
        using CounterBlock read = CounterBlock.Open(path);
        for (int core = 0; core < 3; core++)
        {
            CoreCounters counters = written.Core(core);
            counters.SlaveReceived(5, 10, 640);
            counters.SlaveTransmitted(63, core, 100);
            counters.BondTransmitted(core, 100);
            counters.HostReceived(1, 60);
            counters.HostTransmitted(2, 120);
            counters.Dropped(5, DropReason.RingFull, 4);
            counters.Dropped(CounterLayout.HostRow, DropReason.NoSlave, 1);
        }

        Assert.Equal("bond0", read.Name);
        Assert.Equal(3, read.Cores);
        Assert.Equal(30UL, read.Sum(5, Counter.RxFrames));
        Assert.Equal(1920UL, read.Sum(5, Counter.RxBytes));
        Assert.Equal(3UL, read.Sum(63, Counter.TxFrames));
        Assert.Equal(30UL, read.Sum(CounterLayout.BondRow, Counter.RxFrames));
        Assert.Equal(3UL, read.Sum(CounterLayout.BondRow, Counter.TxFrames));
        Assert.Equal(3UL, read.Sum(CounterLayout.HostRow, Counter.RxFrames));
        Assert.Equal(360UL, read.Sum(CounterLayout.HostRow, Counter.TxBytes));
        Assert.Equal(12UL, read.Sum(5, DropReason.RingFull));
        Assert.Equal(12UL, read.Sum(CounterLayout.BondRow, DropReason.RingFull));
        Assert.Equal(3UL, read.SumDrops(CounterLayout.HostRow));
        Assert.Equal(0UL, read.SumDrops(4) + read.SumDrops(6) + read.Sum(4, Counter.RxFrames) + read.Sum(6, Counter.RxFrames));
    }

    [Fact]
    public void Clearing_a_slot_leaves_its_neighbours_and_the_bond()
    {
        using CounterBlock block = CounterBlock.Allocate("bond0", 1);
        CoreCounters counters = block.Core(0);
        foreach (int slot in (int[])[6, 7, 8])
        {
            counters.SlaveReceived(slot, 1, 60);
            counters.Dropped(slot, DropReason.Suppressed, 1);
        }

        counters.Clear(7);
        Assert.Equal(0UL, block.Sum(7, Counter.RxFrames) + block.Sum(7, Counter.RxBytes) + block.SumDrops(7));
        Assert.Equal(2UL, block.Sum(6, Counter.RxFrames) + block.Sum(8, Counter.RxFrames));
        Assert.Equal(3UL, block.Sum(CounterLayout.BondRow, Counter.RxFrames));
    }

    [Fact]
    public void Rows_fill_whole_cache_lines_and_hold_every_reason()
    {
        Assert.Equal(0, CounterLayout.HeaderSize % 128);
        Assert.Equal(0, CounterLayout.RowWords * sizeof(ulong) % 128);
        Assert.True(CounterLayout.FirstDrop + CounterLayout.DropReasons <= CounterLayout.RowWords);
        Assert.Equal(CounterLayout.Size(2), CounterLayout.RowOffset(2, 0));
        Assert.Equal(CounterLayout.RowOffset(1, 0), CounterLayout.RowOffset(0, CounterLayout.HostRow) + (CounterLayout.RowWords * sizeof(ulong)));
    }

    [Fact]
    public void The_file_is_readable_for_all_and_replaces_an_older_one()
    {
        string path = Path.Combine(_directory, "bond0");
        using CounterBlock first = CounterBlock.Create(path, "bond0", 1, anyFileSystem: true);
        first.Core(0).HostReceived(7, 7);
        using CounterBlock reader = CounterBlock.Open(path);
        using CounterBlock second = CounterBlock.Create(path, "bond0", 1, anyFileSystem: true);
        Assert.Equal(7UL, reader.Sum(CounterLayout.HostRow, Counter.RxFrames));
        using CounterBlock fresh = CounterBlock.Open(path);
        Assert.Equal(0UL, fresh.Sum(CounterLayout.HostRow, Counter.RxFrames));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_file_that_holds_no_counters_is_refused()
    {
        string path = Path.Combine(_directory, "other");
        File.WriteAllBytes(path, []);
        Assert.Throws<InvalidDataException>(() => CounterBlock.Open(path));
        File.WriteAllBytes(path, new byte[CounterLayout.Size(1)]);
        Assert.Throws<InvalidDataException>(() => CounterBlock.Open(path));
        Assert.Throws<FileNotFoundException>(() => CounterBlock.Open(Path.Combine(_directory, "none")));
    }

    [Fact]
    public void Any_file_system_but_tmpfs_is_refused()
    {
        string format = new DriveInfo(_directory).DriveFormat;
        Assert.SkipUnless(format != "tmpfs", "the directory for temporary files is on tmpfs");
        string path = Path.Combine(_directory, "bond0");
        IOException refused = Assert.Throws<IOException>(() => CounterBlock.Create(path, "bond0", 1));
        Assert.Contains(format, refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Tmpfs_is_taken()
    {
        const string SharedMemory = "/dev/shm";
        Assert.SkipUnless(Directory.Exists(SharedMemory) && new DriveInfo(SharedMemory).DriveFormat == "tmpfs", "no tmpfs on /dev/shm");
        string path = Path.Combine(SharedMemory, $"fastbond-test-{Environment.ProcessId}");
        try
        {
            using CounterBlock block = CounterBlock.Create(path, "bond0", 2);
            Assert.Equal(CounterLayout.Size(2), new FileInfo(path).Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_long_name_is_cut_to_its_field()
    {
        using CounterBlock block = CounterBlock.Allocate(new string('x', 200), 1);
        Assert.Equal(new string('x', CounterLayout.NameSize - 1), block.Name);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
