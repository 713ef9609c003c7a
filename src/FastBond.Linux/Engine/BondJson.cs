using System.Buffers;
using System.Text.Json;
using FastBond.Core.Bonds;
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
