using System.Buffers;
using System.Text.Json;
using FastBond.Core.Bonds;
using FastBond.Core.Ipoib;
using FastBond.Core.Status;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Linux.Native;
using FastBond.Linux.Ports;

namespace FastBond.Linux;

/// <summary>
/// <c>show --json</c>: what <c>ip -d -j link</c> prints, and under the key <c>fastbond</c> what only we know.
/// </summary>
internal static class BondJson
{
    /// <summary>One array of all these bonds and their slaves, UTF-8.</summary>
    public static byte[] Write(IEnumerable<BondRuntime> bonds)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartArray();
            foreach (BondRuntime runtime in bonds)
            {
                LinkJson.Write(writer, runtime.Bond, runtime.Host?.IfIndex ?? 0, (into, slave) =>
                {
                    if (slave is null)
                    {
                        WriteBond(into, runtime);
                    }
                    else
                    {
                        WriteSlave(into, runtime, slave);
                    }
                });
            }

            writer.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteBond(Utf8JsonWriter writer, BondRuntime runtime)
    {
        writer.WriteBoolean("monitoring_default", runtime.Bond.Options.MonitoringByDefault);
        writer.WriteString("host_port", runtime.Host is null ? "none" : "tap");
        WriteCounters(writer, runtime.Counters, CounterLayout.BondRow);
        if (runtime.Face is { } face)
        {
            WriteFace(writer, face);
        }

        writer.WriteStartObject("host");
        WriteCounters(writer, runtime.Counters, CounterLayout.HostRow);
        WriteOffloads(writer, runtime);
        writer.WriteEndObject();
        writer.WriteStartArray("cores");
        foreach (Lane lane in runtime.Lanes)
        {
            writer.WriteStartObject();
            writer.WriteString("thread", lane.Core?.Name);
            writer.WriteNumber("turns", lane.Core?.Turns ?? 0);
            writer.WriteBoolean("asleep", lane.Core?.IsSleeping ?? false);
            writer.WriteNumber("table_generation", lane.Generation);
            if (lane.Core?.Fault is { } fault)
            {
                writer.WriteString("fault", fault.Message);
            }

            WriteFrames(writer, lane.Pool);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteFace(Utf8JsonWriter writer, FaceRuntime face)
    {
        writer.WriteStartObject("face");
        writer.WriteString("address", face.Face.Address.ToString());
        writer.WriteStartObject("frames");
        foreach (FaceOutcome outcome in Enum.GetValues<FaceOutcome>())
        {
            writer.WriteNumber(CounterNames.Of(outcome), face.Count(outcome));
        }

        writer.WriteEndObject();
        writer.WriteStartArray("neighbors");
        foreach (Neighbor neighbor in face.Face.Neighbors)
        {
            writer.WriteStartObject();
            writer.WriteString("dst", neighbor.Ip.ToString());
            writer.WriteString("lladdr", neighbor.Address.ToString());
            writer.WriteString("mac", neighbor.HostMac.ToString());
            writer.WriteString("state", CounterNames.Of(neighbor.State));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteAddresses(writer, "hosts", face.Face.LearntHosts);
        WriteAddresses(writer, "groups", face.Face.Groups);
        writer.WriteEndObject();
    }

    private static void WriteAddresses(Utf8JsonWriter writer, string name, IEnumerable<IpKey> addresses)
    {
        writer.WriteStartArray(name);
        foreach (IpKey address in addresses)
        {
            writer.WriteStringValue(address.ToString());
        }

        writer.WriteEndArray();
    }

    /// <summary>Super-frames from and to the host, and the frames they stood for.</summary>
    private static void WriteOffloads(Utf8JsonWriter writer, BondRuntime runtime)
    {
        if (runtime.Host is { } host && runtime.Bond.EngineOptions.Gso)
        {
            ulong Sum(Func<TapPort, ulong> count) => host.Ports.Aggregate(0UL, (sum, port) => sum + count(port));
            writer.WriteStartObject("gso");
            writer.WriteNumber("super_frames_received", Sum(port => port.SuperFramesReceived));
            writer.WriteNumber("segments_cut", Sum(port => port.SegmentsCut));
            writer.WriteNumber("super_frames_sent", Sum(port => port.SuperFramesSent));
            writer.WriteNumber("segments_joined", Sum(port => port.SegmentsJoined));
            writer.WriteEndObject();
        }
    }

    private static void WriteSlave(Utf8JsonWriter writer, BondRuntime runtime, Slave slave)
    {
        if (slave.LinkType == SlaveDevice.Infiniband)
        {
            writer.WriteString("broadcast", slave.Broadcast.ToString());
            writer.WriteNumber("groups_joined", runtime.Attachment(slave)?.JoinedGroups ?? 0);
        }

        if (WhyUnused.Reason(runtime.Bond, slave) is { } reason)
        {
            writer.WriteString("why_unused", reason);
        }

        WriteCounters(writer, runtime.Counters, slave.Slot);
        if (runtime.Attachment(slave)?.Ports is not { } ports)
        {
            return;
        }

        writer.WriteString("xdp_mode", SlavePorts.Name(ports.Mode));
        writer.WriteNumber("queues", ports.Queues);
        writer.WriteNumber("kicks", ports.Kicks);
        writer.WriteNumber("unbound_drops", ports.UnboundDrops);
        writer.WriteNumber("oversized_drops", ports.Oversized);
        XskStatistics statistics = ports.Statistics();
        writer.WriteStartObject("xdp_statistics");
        writer.WriteNumber("rx_dropped", statistics.RxDropped);
        writer.WriteNumber("rx_invalid_descs", statistics.RxInvalidDescriptors);
        writer.WriteNumber("tx_invalid_descs", statistics.TxInvalidDescriptors);
        writer.WriteNumber("rx_ring_full", statistics.RxRingFull);
        writer.WriteNumber("rx_fill_ring_empty_descs", statistics.RxFillRingEmpty);
        writer.WriteNumber("tx_ring_empty_descs", statistics.TxRingEmpty);
        writer.WriteEndObject();
    }

    private static void WriteCounters(Utf8JsonWriter writer, CounterBlock counters, int row)
    {
        writer.WriteStartObject("counters");
        foreach (Counter counter in Enum.GetValues<Counter>())
        {
            writer.WriteNumber(CounterNames.Of(counter), counters.Sum(row, counter));
        }

        writer.WriteEndObject();
        writer.WriteStartObject("drops");
        foreach (DropReason reason in Enum.GetValues<DropReason>())
        {
            writer.WriteNumber(CounterNames.Of(reason), counters.Sum(row, reason));
        }

        writer.WriteEndObject();
    }

    /// <summary>Where each frame of a lane is by its ledger; the parts add up to the total, or a frame was lost.</summary>
    private static void WriteFrames(Utf8JsonWriter writer, FramePool pool)
    {
        int[] census = pool.Census();
        int receiving = 0;
        int transmitting = 0;
        for (int socket = 0; socket < FrameOwner.MaxSockets; socket++)
        {
            receiving += census[FrameOwner.Receiving(socket)];
            transmitting += census[FrameOwner.Transmitting(socket)];
        }

        writer.WriteStartObject("frames");
        writer.WriteNumber("total", pool.Memory.FrameCount);
        writer.WriteNumber("pool", census[FrameOwner.Pool]);
        writer.WriteNumber("hand", census[FrameOwner.Hand]);
        writer.WriteNumber("receiving", receiving);
        writer.WriteNumber("transmitting", transmitting);
        writer.WriteNumber("quarantined", census[FrameOwner.Quarantine]);
        writer.WriteNumber("violations", pool.Violations);
        writer.WriteEndObject();
    }
}
