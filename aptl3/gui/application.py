"""Starts the window and keeps it running: ``run`` returns when it was closed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from PyQt5.QtCore import QCoreApplication, Qt, QTimer
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtWidgets import QApplication

from aptl3.config import config_dir
from aptl3.errors import Aptl3Error
from aptl3.gui.crash import CrashHook
from aptl3.gui.garbage import Garbage
from aptl3.gui.icons import application_icon
from aptl3.gui.preferences import Preferences
from aptl3.gui.theme import Theme
from aptl3.gui.window import MainWindow


def run(root: Path) -> int:
    """Shows the window over the library in ``root`` until it is closed. Raises Aptl3Error where there is no screen."""
    _check_display()
    application = make_application()
    hook = sys.excepthook = CrashHook()
    preferences = Preferences(config_dir() / "window.ini")
    window = MainWindow(root, preferences, Theme(application, preferences.theme))
    hook.window = window
    _heed_interrupts(application, window)
    window.show()
    QTimer.singleShot(0, window.start)  # once it is painted
    garbage = Garbage(application)
    code = application.exec()
    garbage.end()
    sys.excepthook = sys.__excepthook__
    if not window.stopped:  # a thread hangs, on a drive perhaps: waiting for it would hang this process too
        os._exit(code)
    del hook
    return code


def make_application() -> QApplication:
    """The one QApplication, for screens of any resolution."""
    if sys.platform == "win32":  # elsewhere the factor comes from a screen's size in millimetres: 1.04 would blur
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    os.environ.setdefault("QT_XCB_GL_INTEGRATION", "none")  # unused here: on X it loads 54 MB of drivers in 0.15 s
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    application = QApplication(["aptl3"])
    application.setApplicationName("aptl3")
    application.setDesktopFileName("aptl3")
    application.setWindowIcon(application_icon())
    return application


def _check_display() -> None:
    """Qt ends the process where it finds no screen; we say so instead."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        raise Aptl3Error("There is no screen to show a window on: run aptl3 gui in a desktop session, or set DISPLAY.")


def _heed_interrupts(application: QApplication, window: MainWindow) -> None:
    """Ctrl-C in the terminal closes the window; Python sees signals only while it runs, so it does now and then."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: window.leave())
    timer = QTimer(application)
    timer.timeout.connect(lambda: None)
    timer.start(250)
