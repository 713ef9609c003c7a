using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastBond.Lab.Machine;

/// <summary>The few system calls the lab makes itself. Each returns -1 with errno on failure; <see cref="Check"/> turns that into an exception.</summary>
internal static unsafe partial class Syscalls
{
    public const int SIGTERM = 15, SIGKILL = 9;
    public const int CLONE_NEWNET = 0x40000000;
    public const int AF_INET = 2, AF_PACKET = 17, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000;
    public const int SOL_SOCKET = 1, SO_RCVTIMEO = 20, SO_ATTACH_FILTER = 26, SO_SNDBUFFORCE = 32, SO_RCVBUFFORCE = 33, SO_TIMESTAMPNS = 35;
    public const int SOL_PACKET = 263, PACKET_STATISTICS = 6, PACKET_AUXDATA = 8, PACKET_VNET_HDR = 15, PACKET_IGNORE_OUTGOING = 23;
    public const int ETH_P_ALL = 3, MSG_WAITFORONE = 0x10000;
    public const uint SIOCGIFFLAGS = 0x8913, SIOCSIFFLAGS = 0x8914;
    public const int EINTR = 4, EAGAIN = 11, ENETDOWN = 100, ENOBUFS = 105;
    public const short POLLIN = 1;
    public const int PTRACE_DETACH = 17, PTRACE_SEIZE = 0x4206, PTRACE_INTERRUPT = 0x4207, WALL = 0x40000000;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setns(SafeFileHandle fd, int type);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "socket")]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int bind(SafeFileHandle fd, void* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsockopt(SafeFileHandle fd, int level, int option, void* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int getsockopt(SafeFileHandle fd, int level, int option, void* value, int* length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint send(SafeFileHandle fd, void* data, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int recvmmsg(SafeFileHandle fd, Message* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ioctl(SafeFileHandle fd, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(SafeFileHandle fd, Span<byte> data, nint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollFd* fds, nuint count, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(SafeFileHandle fd, ReadOnlySpan<byte> data, nint length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint if_nametoindex(string name);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint ptrace(int request, int thread, nint address, nint data);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int waitpid(int thread, out int status, int options);

    /// <summary>A socket of the calling thread's network namespace.</summary>
    public static SafeFileHandle Socket(int family, int type, int protocol) =>
        new(Check(OpenSocket(family, type | SOCK_CLOEXEC, protocol), "socket"), ownsHandle: true);

    public static void SetOption(SafeFileHandle fd, int level, int option, int value) =>
        Check(setsockopt(fd, level, option, &value, sizeof(int)), $"setsockopt {level}/{option}");

    /// <exception cref="Win32Exception">The call failed; the message is errno's.</exception>
    public static int Check(int result, string what)
    {
        if (result >= 0)
        {
            return result;
        }
        int errno = Marshal.GetLastPInvokeError();
        throw new Win32Exception(errno, $"{what}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    /// <summary><c>struct sock_filter</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FilterInstruction
    {
        public ushort Code;
        public byte Then;
        public byte Else;
        public uint Value;
    }

    /// <summary><c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FilterProgram
    {
        public ushort Length;
        public FilterInstruction* Instructions;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary><c>struct msghdr</c> of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary><c>struct mmsghdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public MessageHeader Header;
        public uint Received;
    }
}
