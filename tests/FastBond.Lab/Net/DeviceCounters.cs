using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FastBond.Lab.Net;

/// <summary>A device's counters as <c>/proc/net/dev</c> has them.</summary>
/// <param name="RxBytes">Bytes received.</param>
/// <param name="RxFrames">Frames received.</param>
/// <param name="RxDropped">Frames dropped on receipt.</param>
/// <param name="TxBytes">Bytes transmitted.</param>
/// <param name="TxFrames">Frames transmitted.</param>
/// <param name="TxDropped">Frames given to the device and dropped by it: on a device without carrier every frame sent to it counts here.</param>
public readonly record struct DeviceCounters(long RxBytes, long RxFrames, long RxDropped, long TxBytes, long TxFrames, long TxDropped);

/// <summary>Reads the counters of all devices of a namespace; cheap enough to be asked every few hundred microseconds.</summary>
public sealed class CounterReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>For the devices of <paramref name="place"/>.</summary>
    public CounterReader(NetworkNamespace place) => _file = place.Invoke(() => File.OpenHandle("/proc/thread-self/net/dev"));

    /// <summary>The counters of one device now.</summary>
    /// <exception cref="Machine.LabException">No such device.</exception>
    public DeviceCounters Read(string device)
    {
        int length = 0;
        for (int read; (read = RandomAccess.Read(_file, _buffer.AsSpan(length), length)) > 0;)
        {
            length += read;
        }
        foreach (string line in Encoding.ASCII.GetString(_buffer, 0, length).Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[..colon].Trim() == device)
            {
                long[] n = [.. Machine.Command.Words(line[(colon + 1)..]).Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
                return new DeviceCounters(n[0], n[1], n[3], n[8], n[9], n[11]);
            }
        }
        throw new Machine.LabException($"no device {device} in /proc/net/dev");
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
