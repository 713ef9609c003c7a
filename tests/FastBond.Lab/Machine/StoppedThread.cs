using System.Runtime.ExceptionServices;

namespace FastBond.Lab.Machine;

/// <summary>One thread of another process, held where it is: as if it hung. Disposing lets it go on.</summary>
public sealed class StoppedThread : IDisposable
{
    // A thread is traced by a thread, not by a process: one of ours holds it.
    private readonly Thread _holder;
    private readonly ManualResetEventSlim _stopped = new(), _release = new();
    private ExceptionDispatchInfo? _failure;

    /// <summary>Stops it.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It can't be traced.</exception>
    public StoppedThread(int id)
    {
        _holder = new Thread(() => Hold(id)) { IsBackground = true, Name = $"hold {id}" };
        _holder.Start();
        _stopped.Wait();
        _failure?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _release.Set();
        _holder.Join();
        _stopped.Dispose();
        _release.Dispose();
    }

    private void Hold(int id)
    {
        try
        {
            Syscalls.Check((int)Syscalls.ptrace(Syscalls.PTRACE_SEIZE, id, 0, 0), $"trace thread {id}");
            Syscalls.Check((int)Syscalls.ptrace(Syscalls.PTRACE_INTERRUPT, id, 0, 0), $"stop thread {id}");
            Syscalls.Check(Syscalls.waitpid(id, out _, Syscalls.WALL), $"wait for thread {id}");
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        _stopped.Set();
        _release.Wait();
        _ = Syscalls.ptrace(Syscalls.PTRACE_DETACH, id, 0, 0);
    }
}
