using System.ComponentModel;
using FastBond.Linux.Native;

namespace FastBond.Linux.Machine;

/// <summary>A timerfd(2) on <see cref="Clock"/>'s clock.</summary>
internal sealed unsafe class TimerFd : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Creates it, not armed.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public TimerFd()
    {
        Descriptor = Libc.TimerFdCreate(Libc.ClockMonotonic, Libc.TfdCloexec | Libc.TfdNonblock);
        if (Descriptor < 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Readable once the time has come.</summary>
    public int Descriptor { get; }

    /// <summary>Fires at that time, at once if it has passed; <see cref="long.MaxValue"/> = never.</summary>
    public void Arm(long atNs)
    {
        // A zero time would disarm it.
        long at = atNs == long.MaxValue ? 0 : Math.Max(atNs, 1);
        TimerSpec spec = new() { ValueSeconds = at / NanosecondsPerSecond, ValueNanoseconds = at % NanosecondsPerSecond };
        _ = Libc.TimerFdSetTime(Descriptor, Libc.TimerAbsolute, in spec, null);
    }

    /// <summary>Takes the expiry back.</summary>
    public void Clear()
    {
        ulong count;
        _ = Libc.Read(Descriptor, &count, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.Close(Descriptor);
}
