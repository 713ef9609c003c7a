using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using Microsoft.Win32.SafeHandles;

namespace FastBond.Lab.Frames;

/// <summary>
/// A raw packet socket on one device: sends whole frames, and receives every frame the device receives, with the kernel's time stamp,
/// VLAN tag in place. Frames on a device that has an XDP program are not seen by it; those on the device's peer are.
/// </summary>
public sealed unsafe class PacketSocket : IDisposable
{
    private const int Burst = 64, FrameRoom = 2048, ControlRoom = 128, AddressSize = 20;
    private const int ReceiveBuffer = 32 << 20;
    private const int ControlHeader = 16, StatusVlanValid = 1 << 4, StatusTpidValid = 1 << 6;

    private const ushort LoadHalf = 0x28, JumpIfEqual = 0x15, Return = 0x06;

    private readonly SafeFileHandle _socket;
    private readonly byte* _memory;

    /// <summary>Opens a socket on <paramref name="device"/> of <paramref name="place"/>.</summary>
    /// <param name="place">The device's namespace.</param>
    /// <param name="device">The device.</param>
    /// <param name="receive">Whether frames are received at all: a socket that only sends must not collect any.</param>
    /// <param name="testFramesOnly">Whether only the lab's own untagged frames are received: the rest never leaves the kernel.</param>
    /// <param name="virtioHeaders">Whether a virtio header of 10 bytes stands in front of each frame sent.</param>
    /// <param name="sendBuffer">How many bytes of memory frames that are not yet on their way may take; 0: what the system gives.</param>
    public PacketSocket(
        NetworkNamespace place, string device, bool receive, bool testFramesOnly = false, bool virtioHeaders = false, int sendBuffer = 0)
    {
        _socket = place.Invoke(() => Open(device, receive, testFramesOnly, virtioHeaders));
        if (sendBuffer > 0)
        {
            Syscalls.SetOption(_socket, Syscalls.SOL_SOCKET, Syscalls.SO_SNDBUFFORCE, sendBuffer);
        }
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)Burst, (nuint)(sizeof(Syscalls.Message) + sizeof(Syscalls.IoVector) + FrameRoom + ControlRoom));
    }

    /// <summary>Sends one frame.</summary>
    /// <returns>Whether the device took it; false if its queue was full.</returns>
    /// <exception cref="Win32Exception">The device refused it (down, too long, gone).</exception>
    public bool Send(ReadOnlySpan<byte> frame)
    {
        fixed (byte* data = frame)
        {
            if (Syscalls.send(_socket, data, frame.Length, 0) == frame.Length)
            {
                return true;
            }
        }
        int errno = Marshal.GetLastPInvokeError();
        return errno is Syscalls.ENOBUFS or Syscalls.EAGAIN
            ? false
            : throw new Win32Exception(errno, $"send of {frame.Length} bytes: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    /// <summary>Receives what is there, at most 64 frames; waits for the first up to 50 ms.</summary>
    public void Receive(Action<ObservedFrame> take)
    {
        Syscalls.Message* messages = (Syscalls.Message*)_memory;
        Syscalls.IoVector* vectors = (Syscalls.IoVector*)(messages + Burst);
        byte* frames = (byte*)(vectors + Burst);
        byte* controls = frames + (Burst * FrameRoom);
        for (int i = 0; i < Burst; i++)
        {
            vectors[i] = new() { Base = frames + (i * FrameRoom), Length = FrameRoom };
            messages[i].Header = new() { Vectors = vectors + i, VectorCount = 1, Control = controls + (i * ControlRoom), ControlLength = ControlRoom };
        }
        int count = Syscalls.recvmmsg(_socket, messages, Burst, Syscalls.MSG_WAITFORONE, null);
        if (count < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            // ENETDOWN is told once when the device goes down; the socket goes on when it comes back.
            if (errno is Syscalls.EAGAIN or Syscalls.EINTR or Syscalls.ENETDOWN)
            {
                return;
            }
            throw new Win32Exception(errno, $"recvmmsg: {Marshal.GetPInvokeErrorMessage(errno)}");
        }
        for (int i = 0; i < count; i++)
        {
            take(Decode(new(vectors[i].Base, (int)messages[i].Received), (byte*)messages[i].Header.Control, (int)messages[i].Header.ControlLength));
        }
    }

    /// <summary>How many frames the kernel dropped because we did not read in time, since the last call.</summary>
    public long TakeDropped()
    {
        uint* statistics = stackalloc uint[2];
        int length = 2 * sizeof(uint);
        Syscalls.Check(Syscalls.getsockopt(_socket, Syscalls.SOL_PACKET, Syscalls.PACKET_STATISTICS, statistics, &length), "packet statistics");
        return statistics[1];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_socket.IsClosed)
        {
            _socket.Dispose();
            NativeMemory.Free(_memory);
        }
    }

    private static SafeFileHandle Open(string device, bool receive, bool testFramesOnly, bool virtioHeaders)
    {
        uint index = Syscalls.if_nametoindex(device);
        if (index == 0)
        {
            throw new LabException($"no device {device} to open a packet socket on");
        }
        ushort protocol = BinaryPrimitives.ReverseEndianness((ushort)(receive ? Syscalls.ETH_P_ALL : 0));
        // Protocol 0 until bound: otherwise frames of other devices would be in the queue.
        SafeFileHandle socket = Syscalls.Socket(Syscalls.AF_PACKET, Syscalls.SOCK_RAW, 0);
        Syscalls.SetOption(socket, Syscalls.SOL_SOCKET, Syscalls.SO_RCVBUFFORCE, ReceiveBuffer);
        Syscalls.SetOption(socket, Syscalls.SOL_SOCKET, Syscalls.SO_TIMESTAMPNS, 1);
        Syscalls.SetOption(socket, Syscalls.SOL_PACKET, Syscalls.PACKET_AUXDATA, 1);
        Syscalls.SetOption(socket, Syscalls.SOL_PACKET, Syscalls.PACKET_IGNORE_OUTGOING, 1);
        if (virtioHeaders)
        {
            Syscalls.SetOption(socket, Syscalls.SOL_PACKET, Syscalls.PACKET_VNET_HDR, 1);
        }
        if (testFramesOnly)
        {
            Filter(socket);
        }
        long* patience = stackalloc long[2] { 0, 50_000 };
        Syscalls.Check(Syscalls.setsockopt(socket, Syscalls.SOL_SOCKET, Syscalls.SO_RCVTIMEO, patience, 16), "receive timeout");
        byte* address = stackalloc byte[AddressSize];
        new Span<byte>(address, AddressSize).Clear();
        *(ushort*)address = Syscalls.AF_PACKET;
        *(ushort*)(address + 2) = protocol;
        *(uint*)(address + 4) = index;
        Syscalls.Check(Syscalls.bind(socket, address, AddressSize), $"bind to {device}");
        return socket;
    }

    // Classic BPF: ethertype IPv4 and destination 198.19.0.0/16, of which 128 bytes are enough.
    private static void Filter(SafeFileHandle socket)
    {
        Syscalls.FilterInstruction* program = stackalloc Syscalls.FilterInstruction[]
        {
            new() { Code = LoadHalf, Value = 12 },
            new() { Code = JumpIfEqual, Else = 3, Value = 0x0800 },
            new() { Code = LoadHalf, Value = 30 },
            new() { Code = JumpIfEqual, Else = 1, Value = TestFrame.DestinationNetwork >> 16 },
            new() { Code = Return, Value = 128 },
            new() { Code = Return, Value = 0 },
        };
        Syscalls.FilterProgram filter = new() { Length = 6, Instructions = program };
        int set = Syscalls.setsockopt(socket, Syscalls.SOL_SOCKET, Syscalls.SO_ATTACH_FILTER, &filter, sizeof(Syscalls.FilterProgram));
        Syscalls.Check(set, "packet filter");
    }

    private static ObservedFrame Decode(ReadOnlySpan<byte> frame, byte* control, int controlLength)
    {
        long timeNs = 0;
        uint tag = 0;
        for (byte* end = control + controlLength; control + ControlHeader <= end;)
        {
            long length = *(long*)control;
            (int level, int type) = (*(int*)(control + 8), *(int*)(control + 12));
            byte* data = control + ControlHeader;
            if (level == Syscalls.SOL_SOCKET && type == Syscalls.SO_TIMESTAMPNS)
            {
                timeNs = (*(long*)data * 1_000_000_000) + *(long*)(data + 8);
            }
            else if (level == Syscalls.SOL_PACKET && type == Syscalls.PACKET_AUXDATA && (*(uint*)data & StatusVlanValid) != 0)
            {
                uint tpid = (*(uint*)data & StatusTpidValid) != 0 ? *(ushort*)(data + 18) : 0x8100u;
                tag = (tpid << 16) | *(ushort*)(data + 16);
            }
            control += (length + 7) & ~7L;
        }
        return new ObservedFrame(timeNs, WithTag(frame, tag));
    }

    // The kernel takes the outer tag out of the frame before packet sockets see it.
    private static byte[] WithTag(ReadOnlySpan<byte> frame, uint tag)
    {
        if (tag == 0)
        {
            return frame.ToArray();
        }
        byte[] whole = new byte[frame.Length + 4];
        frame[..12].CopyTo(whole);
        BinaryPrimitives.WriteUInt32BigEndian(whole.AsSpan(12), tag);
        frame[12..].CopyTo(whole.AsSpan(16));
        return whole;
    }
}
